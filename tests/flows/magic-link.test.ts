import { describe, expect, test } from "vitest";
import { newInstallationId } from "../support/devices.ts";
import { messagesTo, receiveToken, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const send = (url: string, email: string) => rest(url, "/v1/auth/magic-link", { body: { email } });

const verify = (url: string, token: string, fields: object = {}) =>
  rest(url, "/v1/auth/magic-link/verify", { body: { token, ...fields } });

const shared = shareGatehouse();

describe("a magic link", () => {
  test("signs in once, as a login does, and proves the address", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    expect((await send(server.url, ada.email)).status).toBe(204);
    const token = await receiveToken(server, ada.email, "magic-link");
    const device = { installationId: newInstallationId(), platform: "ios" };
    const { status, body } = await verify(server.url, token, { device, remember: false });
    expect([status, body.status]).toEqual([200, "signed_in"]);
    expect(body.user).toMatchObject({ id: ada.userId, emailVerified: true });
    const { accessToken } = body.session;
    const who = await rest(server.url, "/v1/auth/status", { token: accessToken });
    expect(who.body.session).toMatchObject({ id: body.session.id, methods: ["email"] });
    const devices = await rest(server.url, "/v1/devices", { token: accessToken });
    expect(devices.body.items).toMatchObject([{ installationId: device.installationId }]);
    const again = await verify(server.url, token);
    expect([again.status, again.body.code]).toEqual([400, "MAGIC_LINK_INVALID"]);
  });

  test("to an unproven address ends everything that its registrant may still have", async () => {
    const server = shared();
    const squatter = await registerAccount(server.url);
    await send(server.url, squatter.email);
    const token = await receiveToken(server, squatter.email, "magic-link");
    expect((await verify(server.url, token)).status).toBe(200);
    expect((await rest(server.url, "/v1/users/me", { token: squatter.accessToken })).status).toBe(401);
    const login = { identifier: squatter.email, password: squatter.password };
    expect((await rest(server.url, "/v1/auth/login", { body: login })).body.code).toBe("INVALID_CREDENTIALS");
  });

  test("to an address whose owner said that they registered keeps password and sessions", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const proof = await receiveToken(server, ada.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token: proof, requestedBy: "me" } });
    await send(server.url, ada.email);
    await verify(server.url, await receiveToken(server, ada.email, "magic-link"));
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).status).toBe(200);
    const login = { identifier: ada.email, password: ada.password };
    expect((await rest(server.url, "/v1/auth/login", { body: login })).status).toBe(200);
  });

  test("works for 15 minutes", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await send(server.url, ada.email);
    const token = await receiveToken(server, ada.email, "magic-link");
    server.clock.advance(15 * 60);
    expect((await verify(server.url, token)).body.code).toBe("MAGIC_LINK_INVALID");
  });

  test("is not sent to an address without an account", async () => {
    const server = shared();
    expect((await send(server.url, "nobody@example.com")).status).toBe(204);
    await settle(server);
    expect(await messagesTo(server, "nobody@example.com")).toEqual([]);
  });

  test("is refused for an account that was disabled since", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await send(server.url, ada.email);
    const token = await receiveToken(server, ada.email, "magic-link");
    await server.database?.query(`update "user" set status = 'disabled'`);
    const refused = await verify(server.url, token);
    expect([refused.status, refused.body.code]).toEqual([403, "ACCOUNT_DISABLED"]);
  });
});
