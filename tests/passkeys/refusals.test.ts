import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { messagesTo, receive, settle } from "../support/mailbox.ts";
import {
  addPasskey,
  askForCreation,
  askForSignIn,
  listPasskeys,
  newAuthenticator,
  sendPasskey,
  signInWith,
} from "../support/passkeys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { cbor, type Deviation } from "../support/software-authenticator.ts";

const shared = shareGatehouse();

/** What a page, a browser or an authenticator that is not honest sends. */
const deviations: readonly (readonly [name: string, deviation: Deviation])[] = [
  ["a page of another site", { origin: "https://evil.example" }],
  ["a page whose host ends in the same letters", { origin: "http://notgatehouse.test" }],
  ["another port of the host", { origin: "http://gatehouse.test:8080" }],
  ["another domain's passkey", { rpId: "evil.example" }],
  ["an authenticator that did not verify its user", { userVerified: false }],
  ["an authenticator that nobody touched", { userPresent: false }],
  ["a frame in another site's page", { crossOrigin: true }],
  ["a frame that names the page around it", { crossOrigin: true, topOrigin: "https://evil.example" }],
  ["a challenge of nobody", { challenge: "q3N0".repeat(18) }],
  ["no challenge", { challenge: "" }],
];

const now = (server: TestGatehouse) => server.clock.now().toISOString();

async function eventsOf({ gatehouse }: TestGatehouse, account: Account, action: string) {
  const statement = `select personal -> 'details' as details from audit_event
    where account_id = '${account.userId}' and action = '${action}'`;
  return (await runSql(gatehouse.deps.db, statement)).rows;
}

describe("a new passkey is refused", () => {
  test.each([...deviations, ["the answer of a sign-in", { type: "webauthn.get" }] as const])(
    "from %s",
    async (_name, deviation) => {
      const server = shared();
      const ada = await registerAccount(server.url);
      const options = await askForCreation(server, ada);
      const refused = await sendPasskey(server, ada, {
        credential: newAuthenticator().create(options.body, deviation),
      });
      expect([refused.status, refused.body.code]).toEqual([400, "PASSKEY_REFUSED"]);
      expect((await listPasskeys(server, ada)).body.items).toEqual([]);
    },
  );

  test("for a challenge of another user, of a sign-in, and of five minutes ago", async () => {
    const server = shared();
    const [ada, mallory] = [await registerAccount(server.url), await registerAccount(server.url)];
    const own = (await askForCreation(server, ada)).body;
    const foreign = (await askForCreation(server, mallory)).body.challenge;
    const signIn = (await rest(server.url, "/v1/auth/passkeys/login/options", { method: "POST" })).body.challenge;
    for (const challenge of [foreign, signIn]) {
      const credential = newAuthenticator().create({ ...own, challenge });
      expect((await sendPasskey(server, ada, { credential })).body.code).toBe("PASSKEY_REFUSED");
    }
    const credential = newAuthenticator().create(own);
    server.clock.advance(300);
    expect((await sendPasskey(server, ada, { credential })).body.code).toBe("PASSKEY_REFUSED");
  });

  test("for a challenge that was used before, also at the same time", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const options = (await askForCreation(server, ada)).body;
    const credentials = Array.from({ length: 8 }, () => newAuthenticator().create(options));
    const answers = await Promise.all(credentials.map((credential) => sendPasskey(server, ada, { credential })));
    const codes = answers.map(({ status, body }) => (status === 201 ? "added" : body.code)).toSorted();
    expect(codes).toEqual([...Array.from({ length: 7 }, () => "PASSKEY_REFUSED"), "added"]);
    expect((await listPasskeys(server, ada)).body.items).toHaveLength(1);
  });

  test("that belongs to another account already, and so it is by the database", async () => {
    const server = shared();
    const [ada, mallory] = [await registerAccount(server.url), await registerAccount(server.url)];
    const { authenticator } = await addPasskey(server, ada);
    const [passkey] = authenticator.passkeys;
    if (passkey === undefined) throw new Error("the passkey was made");
    const { challenge } = (await askForCreation(server, mallory)).body;
    const refused = await sendPasskey(server, mallory, { credential: authenticator.attest(passkey, challenge) });
    expect([refused.status, refused.body.code]).toEqual([409, "PASSKEY_TAKEN"]);
    expect((await signInWith(server, authenticator)).body.user.id).toBe(ada.userId);
  });

  test("that names a certificate, which nobody asked for", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const credential = newAuthenticator().create((await askForCreation(server, ada)).body);
    const authData = Buffer.from(credential.response.authenticatorData, "base64url");
    for (const fmt of ["packed", "fido-u2f", "tpm", "apple", "android-key", "android-safetynet", "unheard-of"]) {
      const statement = new Map<string, unknown>([
        ["alg", -7],
        ["sig", Buffer.alloc(70)],
        ["x5c", [Buffer.alloc(300)]],
      ]);
      const forged = new Map<string, unknown>([
        ["fmt", fmt],
        ["attStmt", statement],
        ["authData", authData],
      ]);
      const response = { ...credential.response, attestationObject: cbor(forged).toString("base64url") };
      const refused = await sendPasskey(server, ada, { credential: { ...credential, response } });
      expect([fmt, refused.status, refused.body.code]).toEqual([fmt, 400, "PASSKEY_REFUSED"]);
    }
  });

  test.each(["clientDataJSON", "attestationObject"])("with any bytes in the place of %s", async (field) => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const credential = newAuthenticator().create((await askForCreation(server, ada)).body);
    for (const text of ["", "{}", "null", "[]", "\0", "\u00ff".repeat(200), '{"challenge":1}', "oaNjZm10ZG5vbmU"]) {
      const bytes = Buffer.from(text).toString("base64url") || "AA";
      const response = { ...credential.response, [field]: bytes };
      const refused = await sendPasskey(server, ada, { credential: { ...credential, response } });
      expect([text, refused.status, refused.body.code]).toEqual([text, 400, "PASSKEY_REFUSED"]);
    }
  });
});

describe("a sign-in is refused", () => {
  test.each([
    ...deviations,
    ["the answer of a registration", { type: "webauthn.create" }] as const,
    ["somebody without the key", { tamper: true }] as const,
    ["an authenticator that names another user", { userHandle: "q3N0" }] as const,
    ["an authenticator that names nobody", { userHandle: null }] as const,
  ])("from %s", async (_name, deviation) => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { authenticator } = await addPasskey(server, ada);
    const refused = await signInWith(server, authenticator, deviation);
    expect([refused.status, refused.body.code]).toEqual([401, "PASSKEY_INVALID"]);
    // Nothing of it was counted.
    expect((await listPasskeys(server, ada)).body.items).toMatchObject([{ lastUsedAt: null }]);
    expect((await signInWith(server, authenticator)).status).toBe(200);
  });

  test("for an unknown passkey, in the same words as for a wrong answer", async () => {
    const server = shared();
    const { authenticator } = await addPasskey(server, await registerAccount(server.url));
    const wrong = await signInWith(server, authenticator, { tamper: true });
    const stranger = newAuthenticator();
    stranger.create({ rp: { id: "gatehouse.test" }, user: { id: "q3N0" }, challenge: "q3N0" });
    const unknown = await signInWith(server, stranger);
    const words = ({ requestId: _request, ...body }: Record<string, unknown>) => body;
    expect(words(unknown.body)).toEqual(words(wrong.body));
    expect([unknown.status, unknown.body.code]).toEqual([401, "PASSKEY_INVALID"]);
  });

  test("with the id of one passkey and the signature of another", async () => {
    const server = shared();
    const [ada, mallory] = [await registerAccount(server.url), await registerAccount(server.url)];
    const [hers, his] = [await addPasskey(server, ada), await addPasskey(server, mallory)];
    const options = await askForSignIn(server);
    const { id, rawId } = hers.authenticator.get(options);
    const credential = { ...his.authenticator.get(options), id, rawId };
    expect((await rest(server.url, "/v1/auth/passkeys/login", { body: { credential } })).body.code).toBe(
      "PASSKEY_INVALID",
    );
  });

  test("for a challenge that was used before, also at the same time on several connections", async () => {
    const server = shared();
    const { authenticator } = await addPasskey(server, await registerAccount(server.url));
    const options = await askForSignIn(server);
    const credential = authenticator.get(options);
    const attempts = Array.from({ length: 12 }, () =>
      rest(server.url, "/v1/auth/passkeys/login", { body: { credential } }),
    );
    const statuses = (await Promise.all(attempts)).map(({ status }) => status).toSorted();
    expect(statuses).toEqual([200, ...Array.from({ length: 11 }, () => 401)]);
    // Another signature on the same challenge is no better.
    const again = await rest(server.url, "/v1/auth/passkeys/login", {
      body: { credential: authenticator.get(options) },
    });
    expect(again.body.code).toBe("PASSKEY_INVALID");
  });

  test("for a challenge of a registration, of a step-up, in another spelling, and of five minutes ago", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { authenticator } = await addPasskey(server, ada);
    const own = await rest(server.url, "/v1/auth/passkeys/login/options", { method: "POST" });
    const stepUp = await rest(server.url, "/v1/auth/passkeys/sudo/options", { method: "POST", token: ada.accessToken });
    const challenges = [
      (await askForCreation(server, ada)).body.challenge,
      stepUp.body.challenge,
      `${own.body.challenge}==`,
      own.body.challenge.slice(0, -1),
    ];
    for (const challenge of challenges) {
      const refused = await signInWith(server, authenticator, { challenge });
      expect([challenge, refused.body.code]).toEqual([challenge, "PASSKEY_INVALID"]);
    }
    const credential = authenticator.get(own.body);
    server.clock.advance(300);
    const late = await rest(server.url, "/v1/auth/passkeys/login", { body: { credential } });
    expect(late.body.code).toBe("PASSKEY_INVALID");
  });

  test("of a disabled account, only once the passkey was right", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada);
    const { db } = server.gatehouse.deps;
    await db.updateTable("user").set({ status: "disabled" }).where("public_id", "=", ada.userId).execute();
    expect((await signInWith(server, authenticator, { tamper: true })).body.code).toBe("PASSKEY_INVALID");
    const refused = await signInWith(server, authenticator);
    expect([refused.status, refused.body.code]).toEqual([403, "ACCOUNT_DISABLED"]);
  });

  test("of a deleted account, like an unknown passkey", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada);
    await rest(server.url, "/v1/users/me", { method: "DELETE", token: ada.accessToken });
    expect((await signInWith(server, authenticator)).body.code).toBe("PASSKEY_INVALID");
  });
});

describe("a counter that goes backwards", () => {
  test("is that of a copy: it is refused, recorded once, and reported to the owner", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada, { name: "Security key" });
    await signInWith(server, authenticator, { counter: 7 });
    for (const counter of [7, 6, 0]) {
      const refused = await signInWith(server, authenticator, { counter });
      expect([counter, refused.status, refused.body.code]).toEqual([counter, 401, "PASSKEY_INVALID"]);
    }
    const details = (counter: number) => ({ name: "Security key", outcome: "refused", counter, storedCounter: 7 });
    expect(await eventsOf(server, ada, "passkey.counter_regressed")).toEqual(
      [7, 6, 0].map((counter) => ({ details: details(counter) })),
    );
    expect((await receive(server, ada.email, "passkey-refused")).text).toContain("Security key");
    // The one that counts on is still the owner's.
    expect((await signInWith(server, authenticator, { counter: 8 })).status).toBe(200);
  });

  test("is nothing that somebody without the key can cause, nor by sending an answer again", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada);
    await signInWith(server, authenticator, { counter: 7 });
    await signInWith(server, authenticator, { counter: 3, tamper: true });
    const credential = authenticator.get(await askForSignIn(server), { counter: 3 });
    for (let times = 0; times < 3; times++) await rest(server.url, "/v1/auth/passkeys/login", { body: { credential } });
    expect(await eventsOf(server, ada, "passkey.counter_regressed")).toHaveLength(1);
  });

  test("is accepted and recorded for a passkey that may be on several devices", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const authenticator = newAuthenticator({ isSynced: true });
    await addPasskey(server, ada, { authenticator });
    await signInWith(server, authenticator, { counter: 7 });
    expect((await signInWith(server, authenticator, { counter: 2 })).status).toBe(200);
    const [event] = await eventsOf(server, ada, "passkey.counter_regressed");
    expect(event).toMatchObject({ details: { outcome: "accepted", counter: 2, storedCounter: 7 } });
    await settle(server);
    const templates = (await messagesTo(server, ada.email)).map(({ template }) => template);
    expect(templates).not.toContain("passkey-refused");
  });

  test("is none where the authenticator does not count", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { authenticator } = await addPasskey(server, ada);
    for (let times = 0; times < 3; times++) {
      expect((await signInWith(server, authenticator, { counter: 0 })).status).toBe(200);
    }
    expect((await listPasskeys(server, ada)).body.items).toMatchObject([{ lastUsedAt: now(server) }]);
    expect(await eventsOf(server, ada, "passkey.counter_regressed")).toEqual([]);
  });
});
