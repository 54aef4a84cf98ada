import { describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receive } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const given = { givenName: "Grace" };

/** What a mail of each kind says first, whoever asked for it. */
async function greeting(server: TestGatehouse, to: string, template: string): Promise<string | undefined> {
  const { text } = await receive(server, to, template);
  return /^(Hello.*),$/m.exec(text)?.[1];
}

async function askFor(server: TestGatehouse, path: string, email: string): Promise<void> {
  expect((await rest(server.url, path, { body: { email } })).status).toBe(204);
}

const shared = shareGatehouse();

describe("a mail to an address", () => {
  test("whose account nobody has vouched for greets nobody by name: a stranger may have chosen the name", async () => {
    const server = shared();
    const { email } = await registerAccount(server.url, given);
    expect(await greeting(server, email, "verify-email")).toBe("Hello");
    await askFor(server, "/v1/auth/password/forgot", email);
    expect(await greeting(server, email, "reset-password")).toBe("Hello");
    await askFor(server, "/v1/auth/magic-link", email);
    expect(await greeting(server, email, "magic-link")).toBe("Hello");
  });

  test("that somebody wants to move their account to greets nobody by name", async () => {
    const server = shared();
    const { accessToken: token } = await registerProven(server, given);
    const unproven = await registerAccount(server.url, given);
    const free = `${crypto.randomUUID()}@example.org`;
    for (const email of [free, unproven.email]) {
      await rest(server.url, "/v1/auth/email/change", { token, body: { email } });
    }
    expect(await greeting(server, free, "confirm-email-change")).toBe("Hello");
    expect(await greeting(server, unproven.email, "address-already-registered")).toBe("Hello");
  });

  test("of a registration in the verified mode greets nobody by name", async () => {
    await using server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
    const email = `${crypto.randomUUID()}@example.org`;
    const body = { ...given, email, password: "the stranger's horse" };
    expect((await rest(server.url, "/v1/auth/register", { body })).status).toBe(202);
    expect(await greeting(server, email, "complete-registration")).toBe("Hello");
  });

  test("whose owner vouched for the account greets them by name", async () => {
    const server = shared();
    const { email } = await registerProven(server, given);
    await askFor(server, "/v1/auth/password/forgot", email);
    expect(await greeting(server, email, "reset-password")).toBe("Hello Grace");
  });
});
