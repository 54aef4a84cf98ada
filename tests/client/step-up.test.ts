import { readFile } from "node:fs/promises";
import { createClient, isGatehouseError, type StepUpMethod } from "@gatehouse/client";
import { beforeEach, expect, test } from "vitest";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";
import { withStepUp } from "./with-step-up.ts";

const credentials = { email: "ada@example.com", password: "correct horse battery" };
const longAgoSeconds = 15 * 60 + 1;

const read = (path: string) => readFile(new URL(path, import.meta.url), "utf8");

const shared = shareGatehouse();
beforeEach(() => clearAccounts(shared()));

test("a client that is asked for a proof gives it, and the call then succeeds", async () => {
  const server = shared();
  const client = createClient({ url: server.url });
  await client.auth.register.mutate(credentials);
  const asked: (readonly StepUpMethod[])[] = [];
  const changeTo = (email: string) =>
    withStepUp(
      () => client.auth.email.change.mutate({ email }),
      async (methods) => {
        asked.push(methods);
        await client.auth.sudo.mutate({ password: credentials.password });
      },
    );
  await changeTo("first@example.org");
  expect(asked).toEqual([]);
  server.clock.advance(longAgoSeconds);
  await changeTo("second@example.org");
  expect(asked).toEqual([["pwd"]]);
});

test("a client whose proof is refused stays signed in", async () => {
  const server = shared();
  const client = createClient({ url: server.url });
  await client.auth.register.mutate(credentials);
  server.clock.advance(longAgoSeconds);
  const change = withStepUp(
    () => client.auth.email.change.mutate({ email: "grace@example.org" }),
    () => client.auth.sudo.mutate({ password: "not my password" }),
  );
  await expect(change).rejects.toSatisfy((error) => isGatehouseError(error, "CURRENT_PASSWORD_INVALID"));
  expect((await client.user.me.query()).email).toBe(credentials.email);
});

test("a client can ask ahead whether its proof is recent", async () => {
  const server = shared();
  const client = createClient({ url: server.url });
  await client.auth.register.mutate(credentials);
  server.clock.advance(longAgoSeconds);
  const { session } = await client.auth.status.query();
  expect(session.recentUntil < server.clock.now()).toBe(true);
  const proof = await client.auth.sudo.mutate({ password: credentials.password });
  expect(proof.recentUntil > server.clock.now()).toBe(true);
  expect((await client.auth.status.query()).session).toMatchObject(proof);
});

test("the code in the guide is the code of these tests", async () => {
  expect(await read("../../docs/guides/step-up.md")).toContain(await read("./with-step-up.ts"));
});
