import { describe, expect, test } from "vitest";
import { registerProvenAdmin } from "../support/administrators.ts";
import { signInAnonymously } from "../support/anonymous.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { changeAddress, registerProven } from "../support/links.ts";
import { receive, receiveToken } from "../support/mailbox.ts";
import { undoDeletion } from "../support/own-data.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const redirectTo = "http://localhost:5173/welcome?from=mail";

/** A procedure that mails a link, and the operation that shows where the link leads. */
interface Sender {
  readonly procedure: string;
  readonly template: string;
  readonly inspection: string;
  /** Asks for the mail; returns the status and whom it goes to. */
  readonly ask: (server: TestGatehouse, wanted: object) => Promise<{ readonly status: number; readonly email: string }>;
}

const anyAddress = () => `${crypto.randomUUID()}@example.com`;
const verify = "/v1/auth/email/verify/inspect";

const senders: readonly Sender[] = [
  {
    procedure: "auth.register",
    template: "verify-email",
    inspection: verify,
    async ask({ url }, wanted) {
      const body = { email: anyAddress(), password: "correct horse battery", ...wanted };
      return { status: (await rest(url, "/v1/auth/register", { body })).status, email: body.email };
    },
  },
  {
    procedure: "auth.email.sendVerification",
    template: "verify-email",
    inspection: verify,
    async ask({ url }, wanted) {
      const { accessToken: token, email } = await registerAccount(url);
      return { status: (await rest(url, "/v1/auth/email/verification", { token, body: wanted })).status, email };
    },
  },
  {
    procedure: "auth.email.change",
    template: "confirm-email-change",
    inspection: verify,
    async ask(server, wanted) {
      const { accessToken: token } = await registerProven(server);
      const body = { email: anyAddress(), ...wanted };
      return { status: (await rest(server.url, "/v1/auth/email/change", { token, body })).status, email: body.email };
    },
  },
  {
    procedure: "auth.password.forgot",
    template: "reset-password",
    inspection: "/v1/auth/password/reset/inspect",
    async ask({ url }, wanted) {
      const { email } = await registerAccount(url);
      return { status: (await rest(url, "/v1/auth/password/forgot", { body: { email, ...wanted } })).status, email };
    },
  },
  {
    procedure: "auth.magicLink.send",
    template: "magic-link",
    inspection: "/v1/auth/magic-link/verify/inspect",
    async ask({ url }, wanted) {
      const { email } = await registerAccount(url);
      return { status: (await rest(url, "/v1/auth/magic-link", { body: { email, ...wanted } })).status, email };
    },
  },
  {
    procedure: "user.create",
    template: "invitation",
    inspection: "/v1/auth/password/reset/inspect",
    async ask(server, wanted) {
      const { accessToken: token } = await registerProvenAdmin(server);
      const body = { email: anyAddress(), ...wanted };
      return { status: (await rest(server.url, "/v1/users", { token, body })).status, email: body.email };
    },
  },
  {
    procedure: "user.requirePasswordChange",
    template: "password-removed",
    inspection: "/v1/auth/password/reset/inspect",
    async ask(server, body) {
      const { accessToken: token } = await registerProvenAdmin(server);
      const { userId, email } = await registerAccount(server.url);
      return {
        status: (await rest(server.url, `/v1/users/${userId}/require-password-change`, { token, body })).status,
        email,
      };
    },
  },
  {
    procedure: "auth.upgrade with a password",
    template: "verify-email",
    inspection: verify,
    ask: (server, wanted) => upgrade(server, { ...wanted, password: "correct horse battery" }),
  },
  {
    procedure: "auth.upgrade by a link",
    template: "complete-registration",
    inspection: verify,
    ask: upgrade,
  },
];

async function upgrade({ url }: TestGatehouse, wanted: object) {
  const { accessToken: token } = await signInAnonymously(url);
  const body = { email: anyAddress(), ...wanted };
  return { status: (await rest(url, "/v1/auth/anonymous/upgrade", { token, body })).status, email: body.email };
}

describe("the redirectTo of a mail's link", () => {
  const shared = shareGatehouse();

  test.each(senders)("of $procedure is kept with the token, and not in the mail", async (sender) => {
    const server = shared();
    const { status, email } = await sender.ask(server, { redirectTo });
    expect(status).toBeLessThan(300);
    const { text } = await receive(server, email, sender.template);
    expect(text).not.toContain("welcome");
    const token = await receiveToken(server, email, sender.template);
    const { body } = await rest(server.url, sender.inspection, { body: { token } });
    expect(body).toMatchObject({ email, redirectTo });
  });

  test.each(senders)("of $procedure is null where none was given", async (sender) => {
    const server = shared();
    const { email } = await sender.ask(server, {});
    const token = await receiveToken(server, email, sender.template);
    const { body } = await rest(server.url, sender.inspection, { body: { token } });
    expect(body).toMatchObject({ email, redirectTo: null });
  });

  test.each(senders)("of $procedure is refused where the server does not allow it", async (sender) => {
    const { status } = await sender.ask(shared(), { redirectTo: "https://evil.example/" });
    expect(status).toBe(400);
  });

  test("of user.delete is where the page leads that restores the account", async () => {
    const server = shared();
    const { accessToken: token, email } = await registerProven(server);
    const path = `/v1/users/me?${new URLSearchParams({ redirectTo })}`;
    expect((await rest(server.url, path, { method: "DELETE", token })).status).toBe(204);
    const link = await receiveToken(server, email, "account-deleted");
    expect(await undoDeletion(server.url, link)).toMatchObject({ status: 200, body: { redirectTo } });
  });

  test("of user.delete is refused where the server does not allow it, and the account stays", async () => {
    const server = shared();
    const { accessToken: token } = await registerProven(server);
    const path = `/v1/users/me?${new URLSearchParams({ redirectTo: "https://evil.example/" })}`;
    const { status, body } = await rest(server.url, path, { method: "DELETE", token });
    expect([status, body.code]).toEqual([400, "REDIRECT_NOT_ALLOWED"]);
    expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(200);
  });

  test("of a change of address goes on to the mails of its undoing", async () => {
    const server = shared();
    const owner = await registerProven(server);
    await changeAddress(server, owner, { redirectTo });
    const token = await receiveToken(server, owner.email, "email-changed");
    expect((await rest(server.url, "/v1/auth/email/undo-change", { body: { token } })).status).toBe(204);
    const link = await receiveToken(server, owner.email, "reset-password");
    const { body } = await rest(server.url, "/v1/auth/password/reset/inspect", { body: { token: link } });
    expect(body).toMatchObject({ email: owner.email, redirectTo });
  });

  test("is that of the last request where a mail is sent again", async () => {
    const server = shared();
    const { email } = await registerAccount(server.url);
    const leadsTo = async () => {
      const token = await receiveToken(server, email, "magic-link");
      return (await rest(server.url, "/v1/auth/magic-link/verify/inspect", { body: { token } })).body.redirectTo;
    };
    await rest(server.url, "/v1/auth/magic-link", { body: { email, redirectTo } });
    expect(await leadsTo()).toBe(redirectTo);
    const other = "http://localhost:5173/other";
    await rest(server.url, "/v1/auth/magic-link", { body: { email, redirectTo: other } });
    await expect.poll(leadsTo, { timeout: 60_000 }).toBe(other);
  });
});
