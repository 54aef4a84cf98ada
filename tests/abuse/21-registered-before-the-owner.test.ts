import { describe, expect, test } from "vitest";
import { newInstallationId } from "../support/devices.ts";
import { login } from "../support/logins.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { codeInAddress, exchange, newPkce } from "../support/sign-in-codes.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, errorIn, signInAppAt, signInAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial());

const victimsAddress = () => `${crypto.randomUUID()}@gmail.com`;

describe("row 21: a stranger registers the address of somebody who then signs in at a provider", () => {
  test("and keeps no way into the account: no password, session, code, device or identity", async () => {
    const { local, server } = social();
    const email = victimsAddress();
    const device = { installationId: newInstallationId(), platform: "web" };
    const stranger = await registerAccount(server.url, { email, device });
    const [own, pkce] = [anybody(), newPkce()];
    const linking = await signInAt(server, {
      local,
      person: own,
      query: { mode: "link", codeChallenge: pkce.challenge },
    });
    const linked = await rest(server.url, "/v1/auth/identities", {
      token: stranger.accessToken,
      body: { code: codeInAddress(linking.location), codeVerifier: pkce.verifier },
    });
    expect(linked.status).toBe(204);
    const waiting = await signInAt(server, { local, person: own, query: { codeChallenge: pkce.challenge } });
    const victim = await signInAppAt(server, { local, person: anybody({ email }) });
    expect(victim.body.user).toMatchObject({ id: stranger.userId, emailVerified: true });
    expect((await rest(server.url, "/v1/users/me", { token: stranger.accessToken })).status).toBe(401);
    const { refreshToken } = stranger;
    expect((await rest(server.url, "/v1/auth/refresh", { body: { refreshToken } })).status).toBe(401);
    expect((await login(server.url, { identifier: email, password: stranger.password })).status).toBe(401);
    expect((await exchange(server.url, { ...pkce, code: codeInAddress(waiting.location) })).status).toBe(400);
    const { accessToken: token } = victim.body.session;
    expect((await rest(server.url, "/v1/devices", { token })).body.items).toEqual([]);
    expect((await rest(server.url, "/v1/auth/identities", { token })).body.items).toMatchObject([{ email }]);
    // The stranger's own identity is free again, and is somebody else from now on.
    expect((await signInAppAt(server, { local, person: own })).body.user.id).not.toBe(stranger.userId);
  });

  test("at the same moment, and whoever comes last, the stranger's password does not open the owner's account", async () => {
    const { local, server } = social();
    const email = victimsAddress();
    const password = "tolerant gravel nocturne";
    const [registered, owner] = await Promise.all([
      rest(server.url, "/v1/auth/register", { body: { email, password } }),
      signInAppAt(server, { local, person: anybody({ email }) }),
    ]);
    expect(owner.body.user).toMatchObject({ email, emailVerified: true });
    expect((await login(server.url, { identifier: email, password })).status).toBe(401);
    const token = registered.body.session?.accessToken ?? "none";
    expect((await rest(server.url, "/v1/users/me", { token })).status).toBe(401);
  });

  test("by a sign-in at a provider that does not prove addresses: a link to the owner's mailbox ends it too", async () => {
    const { local, server } = social();
    const email = victimsAddress();
    const tid = "11111111-2222-3333-4444-555555555555";
    const stranger = anybody({ email, tid });
    const account = await signInAppAt(server, { local, person: stranger, provider: "microsoft" });
    expect(account.body.user.emailVerified).toBe(false);
    const owner = await signInAppAt(server, { local, person: anybody({ email }) });
    expect(owner.body.user.id).toBe(account.body.user.id);
    const again = await signInAt(server, { local, person: stranger, provider: "microsoft" });
    expect(errorIn(again.location)).toBe("IDENTITY_NOT_LINKED");
  });
});
