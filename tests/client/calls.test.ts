import { createClient, isGatehouseError } from "@gatehouse/client";
import { authedProcedure, publicProcedure } from "@gatehouse/server";
import type { AppRouterWith } from "@gatehouse/server/api";
import { expect, test } from "vitest";
import { z } from "zod";
import { anonymousProcedures } from "../../packages/client/src/anonymous-procedures.ts";
import { signInProcedures } from "../../packages/client/src/links/cookie-transport-link.ts";
import { allOperations } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { travel } from "./packed/journey.ts";

const shared = shareGatehouse();

test("a user registers, signs in, uses the app and logs out", async () => {
  const server = shared();
  const journey = await travel(server.url);
  expect(journey.me).toEqual(journey.registered);
  expect(journey.refusal).toBe("EMAIL_TAKEN");
  expect(journey.status).toEqual({ sessionId: journey.refreshed.id, methods: ["pwd"] });
  expect(journey.devices).toEqual([journey.linked]);
  expect(journey.signOutReason).toBe("logged_out");
  expect(journey.isSignedOut).toBe(true);
});

test("a wrong input is reported field by field", async () => {
  const server = shared();
  const client = createClient({ url: server.url });
  const call = client.auth.register.mutate({ email: "nobody", password: "much too long ".repeat(20) });
  const error = await call.catch((caught: unknown) => caught);
  if (!isGatehouseError(error, "INVALID_INPUT")) throw error;
  expect(error.data.errors.map(({ path }) => path)).toEqual(["email", "password"]);
  expect(error.data).toMatchObject({ httpStatus: 400, path: "auth.register", requestId: expect.any(String) });
});

test("an app's own procedures are called like Gatehouse's", async () => {
  const routers = {
    greeting: {
      anybody: publicProcedure
        .input(z.object({ at: z.date() }))
        .output(z.object({ at: z.date() }))
        .query(({ input }) => input),
      mine: authedProcedure
        .input(z.void())
        .output(z.string())
        .query(({ ctx }) => ctx.actor.userPublicId),
    },
  };
  await using server = await startGatehouse({ routers });
  const client = createClient<AppRouterWith<typeof routers>>({ url: server.url });
  const at = new Date(0);
  expect(await client.greeting.anybody.query({ at })).toEqual({ at });
  await client.auth.register.mutate({ email: "ada@example.com", password: "correct horse battery" });
  const user = await client.user.me.query();
  server.clock.advance(1000);
  expect(await client.greeting.mine.query()).toBe(user.id);
});

test("the client knows which of Gatehouse's procedures need no session", () => {
  const anonymous = allOperations.filter(({ meta }) => meta.security !== "bearer").map(({ procedure }) => procedure);
  expect([...anonymousProcedures].sort()).toEqual(anonymous.sort());
});

test("the client knows which of Gatehouse's procedures can set cookies", () => {
  const signIns = allOperations.filter(({ fields }) => "transport" in fields).map(({ procedure }) => procedure);
  expect([...signInProcedures].sort()).toEqual(signIns.sort());
});
