import { describe, expect, test } from "vitest";
import { newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { messagesTo, receive, receiveToken, settle } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** Somebody who has proven their address. */
async function registerProven(server: TestGatehouse, fields: Readonly<Record<string, unknown>> = {}): Promise<Account> {
  const account = await registerAccount(server.url, fields);
  const token = await receiveToken(server, account.email, "verify-email");
  await rest(server.url, "/v1/auth/email/verify", { body: { token } });
  return account;
}

const login = ({ url }: TestGatehouse, { email: identifier, password }: Account, agent?: string, device?: object) =>
  rest(url, "/v1/auth/login", {
    body: { identifier, password, ...(device && { device }) },
    headers: agent === undefined ? {} : { "user-agent": agent },
  });

async function countOf(server: TestGatehouse, { email }: Account, template: string): Promise<number> {
  await settle(server);
  return (await messagesTo(server, email)).filter((message) => message.template === template).length;
}

const shared = shareGatehouse();

describe("the owner of an account gets a mail", () => {
  test("about a sign-in from a new place, once", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await login(server, ada);
    expect(await countOf(server, ada, "new-sign-in")).toBe(0);
    await login(server, ada, "Stranger/1.0");
    const mail = await receive(server, ada.email, "new-sign-in");
    expect(mail.text).toContain("Stranger/1.0");
    expect(mail.text).toContain("127.0.0.1");
    await login(server, ada, "Stranger/1.0");
    expect(await countOf(server, ada, "new-sign-in")).toBe(1);
  });

  test("about no sign-in on a device of theirs, in any program", async () => {
    const server = shared();
    const device = { installationId: newInstallationId(), platform: "ios", name: "Ada's phone" };
    const ada = await registerProven(server, { device });
    await login(server, ada, "App/2.0", device);
    expect(await countOf(server, ada, "new-sign-in")).toBe(0);
    await login(server, ada, "App/3.0", { ...device, installationId: newInstallationId(), name: "Another phone" });
    expect((await receive(server, ada.email, "new-sign-in")).text).toContain("Another phone");
  });

  test("about no failed sign-in", async () => {
    const server = shared();
    const ada = await registerProven(server);
    expect((await login(server, { ...ada, password: "not the password" }, "Stranger/1.0")).status).toBe(401);
    expect(await countOf(server, ada, "new-sign-in")).toBe(0);
  });

  test("about a refresh token that was reused", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const refresh = (refreshToken: string) => rest(server.url, "/v1/auth/refresh", { body: { refreshToken } });
    const second = (await refresh(ada.refreshToken)).body.session;
    await refresh(second.refreshToken);
    expect((await refresh(ada.refreshToken)).body.code).toBe("REFRESH_TOKEN_REUSED");
    await receive(server, ada.email, "token-reused");
  });

  test("about nothing at an unproven address: it may be a stranger's", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await login(server, ada, "Stranger/1.0");
    expect(await countOf(server, ada, "new-sign-in")).toBe(0);
  });
});
