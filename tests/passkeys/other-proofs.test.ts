import { describe, expect, test } from "vitest";
import { openVault, refresh, routers, sudo, waitLong } from "../step-up/step-up.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { addPasskey, leaveOnlyPasskeys, newAuthenticator, signInWith } from "../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import type { Deviation, SoftwareAuthenticator } from "../support/software-authenticator.ts";

const shared = shareGatehouse({ routers });

const askForProof = ({ url }: TestGatehouse, { accessToken: token }: Pick<Account, "accessToken">) =>
  rest(url, "/v1/auth/passkeys/sudo/options", { method: "POST", token });

async function proveBy(
  server: TestGatehouse,
  session: Pick<Account, "accessToken">,
  { authenticator, ...deviation }: Deviation & { readonly authenticator: SoftwareAuthenticator },
) {
  const options = await askForProof(server, session);
  return await sudo(server, session, { passkey: authenticator.get(options.body, deviation) });
}

describe("a step-up by passkey", () => {
  test("lets a user who has nothing but a passkey do what takes a recent proof", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { authenticator } = await addPasskey(server, ada);
    await leaveOnlyPasskeys(server, ada.userId);
    const later = await waitLong(server, ada);
    const refused = await openVault(server, later);
    expect([refused.body.code, refused.body.methods]).toEqual(["STEP_UP_REQUIRED", ["passkey"]]);
    const { allowCredentials, userVerification } = (await askForProof(server, later)).body;
    expect([allowCredentials.length, userVerification]).toEqual([1, "required"]);
    const proven = await proveBy(server, later, { authenticator });
    expect([proven.status, proven.body.authenticatedAt]).toEqual([200, server.clock.now().toISOString()]);
    expect((await openVault(server, later)).status).toBe(200);
  });

  test("is refused by another user's passkey, for another session, without verification, and a second time", async () => {
    const server = shared();
    const [ada, mallory] = [await registerAccount(server.url), await registerAccount(server.url)];
    const [hers, his] = [await addPasskey(server, ada), await addPasskey(server, mallory)];
    const later = await waitLong(server, ada);
    const options = (await askForProof(server, later)).body;
    const others = (await askForProof(server, await refresh(server, mallory.refreshToken))).body;
    const answers = [
      his.authenticator.get(options),
      hers.authenticator.get({ ...options, challenge: others.challenge }),
      hers.authenticator.get(options, { userVerified: false }),
      hers.authenticator.get(options, { tamper: true }),
    ];
    for (const passkey of answers) expect((await sudo(server, later, { passkey })).body.code).toBe("PASSKEY_INVALID");
    expect((await openVault(server, later)).body.code).toBe("STEP_UP_REQUIRED");
    const passkey = hers.authenticator.get(options);
    expect((await sudo(server, later, { passkey })).status).toBe(200);
    expect((await sudo(server, later, { passkey })).body.code).toBe("PASSKEY_INVALID");
  });

  test("has no options for an account without passkeys", async () => {
    const server = shared();
    expect((await askForProof(server, await registerAccount(server.url))).body.code).toBe("NOT_FOUND");
  });
});

describe("the session of a sign-in by passkey", () => {
  test.each([
    ["one that stays on its device", false, ["hwk", "mfa"]],
    ["one that may be copied", true, ["swk", "mfa"]],
  ])("says so by %s", async (_name, isSynced, methods) => {
    const server = shared();
    const authenticator = newAuthenticator({ isSynced });
    await addPasskey(server, await registerAccount(server.url), { authenticator });
    const { body } = await signInWith(server, authenticator);
    const status = await rest(server.url, "/v1/auth/status", { token: body.session.accessToken });
    expect(status.body.session.methods).toEqual(methods);
  });

  test("is on the device that the sign-in names, and short or with cookies if it says so", async () => {
    const server = shared();
    const { authenticator } = await addPasskey(server, await registerAccount(server.url));
    const device = { installationId: crypto.randomUUID(), platform: "ios" };
    const { body } = await signInWith(server, authenticator, {}, { device, remember: false });
    expect(body.deviceStatus).toBe("linked");
    const { accessToken: token, refreshTokenExpiresAt } = body.session;
    const idleMillis = new Date(refreshTokenExpiresAt).getTime() - server.clock.now().getTime();
    expect(idleMillis).toBe(24 * 60 * 60 * 1000);
    expect((await rest(server.url, "/v1/devices", { token })).body.items).toMatchObject([device]);
  });
});
