import { describe, expect, test } from "vitest";
import { pageOrigin } from "../support/cookies.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { messagesTo, receive, settle } from "../support/mailbox.ts";
import {
  addPasskey,
  askForCreation,
  leaveOnlyPasskeys,
  listPasskeys,
  newAuthenticator,
  removePasskey,
  sendPasskey,
  signInWith,
} from "../support/passkeys.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();
const sharedEmbedded = shareGatehouse({ embedded: true });

describe("a passkey", () => {
  test.each([
    ["PostgreSQL", shared],
    ["the embedded database", sharedEmbedded],
  ])("on %s is added, listed and used to sign in without a name", async (_where, serverHere) => {
    const server = serverHere();
    const ada = await registerProven(server, { givenName: "Ada", familyName: "Lovelace" });
    const options = await askForCreation(server, ada);
    expect(options.body).toMatchObject({
      rp: { id: "gatehouse.test", name: "Gatehouse" },
      user: { name: ada.email, displayName: "Ada Lovelace" },
      timeout: 300_000,
      excludeCredentials: [],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
    });
    const authenticator = newAuthenticator({ isSynced: true, aaguid: "fbfc3007-154e-4ecc-8c0b-6e020557d7bd" });
    const added = await sendPasskey(server, ada, { credential: authenticator.create(options.body) });
    expect(added.status).toBe(201);
    expect(added.body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      name: "iCloud Keychain",
      provider: "iCloud Keychain",
      transports: ["internal", "hybrid"],
      backupEligible: true,
      backedUp: true,
      createdAt: server.clock.now().toISOString(),
      lastUsedAt: null,
    });
    expect((await listPasskeys(server, ada)).body).toEqual({ items: [added.body], nextCursor: null });
    server.clock.advance(60);
    const signedIn = await signInWith(server, authenticator);
    expect([signedIn.status, signedIn.body.status, signedIn.body.user.id]).toEqual([200, "signed_in", ada.userId]);
    const used = await listPasskeys(server, { accessToken: signedIn.body.session.accessToken });
    expect(used.body.items).toEqual([{ ...added.body, lastUsedAt: server.clock.now().toISOString() }]);
  });

  test("names its user to the authenticator by random bytes, the same each time", async () => {
    const server = shared();
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    const [first, second, other] = [ada, ada, bob].map(async (account) => {
      const { user } = (await askForCreation(server, account)).body;
      return Buffer.from(user.id, "base64url");
    });
    const handle = (await first) ?? Buffer.alloc(0);
    expect(handle).toHaveLength(64);
    expect(handle.equals((await second) ?? Buffer.alloc(0))).toBe(true);
    expect(handle.equals((await other) ?? Buffer.alloc(0))).toBe(false);
    for (const known of [ada.email, ada.userId, Buffer.from(ada.userId.replaceAll("-", ""), "hex")]) {
      expect(handle.includes(known)).toBe(false);
    }
  });

  test("is one of several, of which the authenticator is told", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { authenticator, id } = await addPasskey(server, ada, { name: "Phone" });
    const other = await addPasskey(server, ada, { name: "Security key" });
    const options = await askForCreation(server, ada);
    const excluded = options.body.excludeCredentials.map((known: { id: string }) => known.id);
    const made = [authenticator, other.authenticator].map(({ passkeys }) => passkeys[0]?.id.toString("base64url"));
    expect(excluded).toEqual(made);
    expect((await listPasskeys(server, ada)).body.items.map((item: { id: string }) => item.id)).toEqual([other.id, id]);
    for (const each of [authenticator, other.authenticator]) {
      expect((await signInWith(server, each)).body.user.id).toBe(ada.userId);
    }
  });

  test("is named after the browser where its keeper is not known", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const credential = newAuthenticator().create((await askForCreation(server, ada)).body);
    const agent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";
    const added = await rest(server.url, "/v1/auth/passkeys", {
      token: ada.accessToken,
      body: { credential },
      headers: { "user-agent": agent },
    });
    expect(added.body).toMatchObject({ name: "Firefox, Linux", provider: null });
  });

  test("gets another name", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { id } = await addPasskey(server, ada);
    const request = { method: "PATCH", token: ada.accessToken, body: { name: "Ada's phone" } };
    expect((await rest(server.url, `/v1/auth/passkeys/${id}`, request)).body).toMatchObject({
      id,
      name: "Ada's phone",
    });
    expect((await listPasskeys(server, ada)).body.items).toMatchObject([{ name: "Ada's phone" }]);
  });

  test("signs in no more once it was removed, by any of its copies", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { id, authenticator } = await addPasskey(server, ada);
    expect((await removePasskey(server, ada, id)).status).toBe(204);
    const refused = await signInWith(server, authenticator);
    expect([refused.status, refused.body.code]).toEqual([401, "PASSKEY_INVALID"]);
    expect((await removePasskey(server, ada, id)).body.code).toBe("NOT_FOUND");
  });

  test("is reported to the owner of a proven address when it is added and when it is removed", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { id } = await addPasskey(server, ada, { name: "Ada's phone" });
    expect((await receive(server, ada.email, "passkey-added")).text).toContain("Ada's phone");
    await removePasskey(server, ada, id);
    expect((await receive(server, ada.email, "passkey-removed")).text).toContain("Ada's phone");
  });

  test("is not reported to an address that nobody has proven", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    await addPasskey(server, ada);
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates).not.toContain("passkey-added");
  });
});

describe("only the owner, who proved lately who they are,", () => {
  test("adds, lists, renames and removes passkeys", async () => {
    await using server = await startGatehouse();
    const ada = await registerProven(server);
    const { id } = await addPasskey(server, ada);
    server.clock.advance(901);
    const { body } = await rest(server.url, "/v1/auth/refresh", { body: { refreshToken: ada.refreshToken } });
    const token = body.session.accessToken;
    const credential = newAuthenticator().create({
      rp: { id: "gatehouse.test" },
      user: { id: "AA" },
      challenge: "AA",
    });
    for (const [method, path, sent] of [
      ["POST", "/v1/auth/passkeys/options", undefined],
      ["POST", "/v1/auth/passkeys", { credential }],
      ["GET", "/v1/auth/passkeys", undefined],
      ["PATCH", `/v1/auth/passkeys/${id}`, { name: "x" }],
      ["DELETE", `/v1/auth/passkeys/${id}`, undefined],
    ] as const) {
      const request = sent === undefined ? { method, token } : { method, token, body: sent };
      const refused = await rest(server.url, path, request);
      expect([path, refused.body.code]).toEqual([path, "STEP_UP_REQUIRED"]);
      expect(refused.body.methods).toEqual(["pwd", "email", "passkey"]);
    }
  });

  test("touches their passkeys", async () => {
    const server = shared();
    const [ada, mallory] = [await registerProven(server), await registerProven(server)];
    const { id, authenticator } = await addPasskey(server, ada, { name: "Ada's" });
    const rename = { method: "PATCH", token: mallory.accessToken, body: { name: "Mallory's" } };
    expect((await rest(server.url, `/v1/auth/passkeys/${id}`, rename)).body.code).toBe("NOT_FOUND");
    expect((await removePasskey(server, mallory, id)).body.code).toBe("NOT_FOUND");
    expect((await listPasskeys(server, mallory)).body.items).toEqual([]);
    expect((await listPasskeys(server, ada)).body.items).toMatchObject([{ name: "Ada's" }]);
    expect((await signInWith(server, authenticator)).status).toBe(200);
  });
});

describe("the last way in", () => {
  test("stays: a passkey is not removed where nothing else signs in", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const first = await addPasskey(server, ada);
    const second = await addPasskey(server, ada);
    await leaveOnlyPasskeys(server, ada.userId);
    expect((await removePasskey(server, ada, first.id)).status).toBe(204);
    const refused = await removePasskey(server, ada, second.id);
    expect([refused.status, refused.body.code]).toEqual([409, "LAST_WAY_IN"]);
    expect((await signInWith(server, second.authenticator)).status).toBe(200);
  });

  test("may be a link to a proven address, where the server sends mail", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { id } = await addPasskey(server, ada);
    const { db } = server.gatehouse.deps;
    await db
      .deleteFrom("password")
      .using("user")
      .whereRef("user.id", "=", "password.user_id")
      .where("user.public_id", "=", ada.userId)
      .execute();
    expect((await removePasskey(server, ada, id)).status).toBe(204);
  });
});

test("an account has at most as many passkeys as the setting says, also if they are added at once", async () => {
  await using server = await startGatehouse({ environment: { PASSKEYS_PER_USER: "3" } });
  const ada = await registerAccount(server.url);
  const challenges = await Promise.all(Array.from({ length: 6 }, () => askForCreation(server, ada)));
  const answers = await Promise.all(
    challenges.map(({ body }) => sendPasskey(server, ada, { credential: newAuthenticator().create(body) })),
  );
  const statuses = answers.map(({ status }) => status).toSorted();
  expect(statuses).toEqual([201, 201, 201, 409, 409, 409]);
  const refused = await askForCreation(server, ada);
  expect([refused.status, refused.body.code]).toEqual([409, "PASSKEY_LIMIT_REACHED"]);
});

test("a passkey that an app on Android made is accepted from the app that the setting names", async () => {
  const app = `android:apk-key-hash:${"A".repeat(43)}`;
  await using server = await startGatehouse({ environment: { PASSKEY_ORIGINS: `${pageOrigin},${app}` } });
  const ada = await registerAccount(server.url);
  const options = await askForCreation(server, ada);
  const authenticator = newAuthenticator();
  const added = await sendPasskey(server, ada, { credential: authenticator.create(options.body, { origin: app }) });
  expect(added.status).toBe(201);
  expect((await signInWith(server, authenticator, { origin: app })).status).toBe(200);
  const other = `android:apk-key-hash:${"B".repeat(43)}`;
  expect((await signInWith(server, authenticator, { origin: other })).body.code).toBe("PASSKEY_INVALID");
});

test("other sites that share the passkeys are listed for browsers, and only where there are any", async () => {
  await using alone = await startGatehouse();
  expect((await rest(alone.url, "/.well-known/webauthn")).status).toBe(404);
  const origins = ["https://example.com", "https://example.co.uk"];
  const environment = { PASSKEY_RP_ID: "example.com", PASSKEY_ORIGINS: origins.join(",") };
  await using related = await startGatehouse({ environment });
  const { status, headers, body } = await rest(related.url, "/.well-known/webauthn");
  expect([status, headers.get("content-type")]).toEqual([200, "application/json; charset=utf-8"]);
  expect(body).toEqual({ origins });
});
