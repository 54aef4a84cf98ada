import { describe, expect, test } from "vitest";
import { type AnonymousUser, signInAnonymously, upgrade } from "../support/anonymous.ts";
import { listDevices, newInstallationId } from "../support/devices.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { codeToLink, linkTo } from "../support/social/linking.ts";
import { nativeSignIn } from "../support/social/native.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, company, github, google, microsoft, signInAppAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial({ providers: [google, github, microsoft, company] }));
const verified = share(() => startSocial({ environment: { REGISTRATION_MODE: "verified" } }));

const tid = "11111111-2222-3333-4444-555555555555";

const newAddress = () => `${crypto.randomUUID()}@example.com`;

const me = async (url: string, { accessToken: token }: Pick<AnonymousUser, "accessToken">) =>
  (await rest(url, "/v1/users/me", { token })).body;

const methodsOf = async (url: string, { accessToken: token }: Pick<AnonymousUser, "accessToken">) =>
  (await rest(url, "/v1/auth/status", { token })).body.session.methods;

describe("an anonymous account becomes a full one by a provider that vouches for an address", () => {
  test("and keeps its id, its session, its devices and what its profile had", async () => {
    const { local, server } = social();
    const device = { installationId: newInstallationId(), platform: "ios" };
    const ada = await signInAnonymously(server.url, { device });
    const body = { familyName: "Byron" };
    await rest(server.url, "/v1/users/me", { method: "PATCH", token: ada.accessToken, body });
    const person = anybody({ family_name: "Lovelace", locale: "es" });
    expect((await linkTo(server, { local, person, token: ada.accessToken })).status).toBe(204);
    const { userId: id } = ada;
    const names = { givenName: "Ada", familyName: "Byron", locale: "es" };
    const full = { id, email: person.email, emailVerified: true, isAnonymous: false, ...names };
    expect(await me(server.url, ada)).toMatchObject(full);
    expect(await methodsOf(server.url, ada)).toEqual(["fed"]);
    expect(await listDevices(server.url, ada)).toHaveLength(1);
    expect((await signInAppAt(server, { local, person })).body.user.id).toBe(id);
    expect((await rest(server.url, "/v1/auth/api-keys", { token: ada.accessToken })).status).toBe(200);
  });

  test("from a native app, by its id token", async () => {
    const { server } = social();
    const ada = await signInAnonymously(server.url);
    const email = `${crypto.randomUUID()}@gmail.com`;
    const body = await nativeSignIn(server, { email });
    expect((await rest(server.url, "/v1/auth/identities", { token: ada.accessToken, body })).status).toBe(204);
    expect(await me(server.url, ada)).toMatchObject({ id: ada.userId, email, isAnonymous: false });
  });

  test("also where only proven addresses sign in", async () => {
    const { local, server } = verified();
    const ada = await signInAnonymously(server.url);
    const person = anybody();
    expect((await linkTo(server, { local, person, token: ada.accessToken })).status).toBe(204);
    expect(await me(server.url, ada)).toMatchObject({ email: person.email, emailVerified: true });
  });
});

test("a provider that does not vouch for a free address gives it, and a mail asks to prove it", async () => {
  const { local, server } = social();
  const ada = await signInAnonymously(server.url);
  const email = newAddress();
  const linked = await linkTo(server, {
    local,
    person: anybody({ email, tid }),
    token: ada.accessToken,
    provider: "microsoft",
  });
  expect(linked.status).toBe(204);
  expect(await me(server.url, ada)).toMatchObject({ id: ada.userId, email, emailVerified: false, isAnonymous: false });
  expect(await receiveToken(server, email, "verify-email")).toMatch(/./);
});

describe("an anonymous account stays so, and may try again,", () => {
  test("where the provider proves an address that another account has", async () => {
    const { local, server } = social();
    const owner = await registerProven(server, { email: `${crypto.randomUUID()}@gmail.com` });
    const ada = await signInAnonymously(server.url);
    const refused = await linkTo(server, {
      local,
      person: anybody({ email: owner.email }),
      token: ada.accessToken,
    });
    expect([refused.status, refused.body.code]).toEqual([409, "EMAIL_TAKEN"]);
    expect((await rest(server.url, "/v1/auth/identities", { token: ada.accessToken })).body.items).toEqual([]);
    expect(await me(server.url, owner)).toMatchObject({ id: owner.userId, email: owner.email });
    expect((await linkTo(server, { local, person: anybody(), token: ada.accessToken })).status).toBe(204);
  });

  test("where the identity is another account's, whatever its address is", async () => {
    const { local, server } = social();
    const person = anybody();
    const owner = await registerAccount(server.url);
    await linkTo(server, { local, person, token: owner.accessToken });
    const ada = await signInAnonymously(server.url);
    const refused = await linkTo(server, { local, person, token: ada.accessToken });
    expect([refused.status, refused.body.code]).toEqual([409, "IDENTITY_TAKEN"]);
    expect((await me(server.url, ada)).isAnonymous).toBe(true);
  });

  test.each(["taken", "free", "none"])(
    "where only proven addresses sign in and the provider proves none, in the same way: %s",
    async (kind) => {
      const { local, server } = verified();
      const taken = anybody();
      await signInAppAt(server, { local, person: taken });
      const email = { taken: taken.email, free: newAddress(), none: undefined }[kind];
      const ada = await signInAnonymously(server.url);
      const person = { ...anybody(), claims: { email, tid } };
      const refused = await linkTo(server, { local, person, token: ada.accessToken, provider: "microsoft" });
      expect([refused.status, refused.body.code]).toEqual([403, "ANONYMOUS_ACCOUNT"]);
      expect(await me(server.url, ada)).toMatchObject({ isAnonymous: true, email: null });
    },
  );

  test("where the provider gives no address", async () => {
    const { local, server } = social();
    const ada = await signInAnonymously(server.url);
    const person = { ...anybody(), emails: [] };
    const refused = await linkTo(server, { local, person, token: ada.accessToken, provider: "github" });
    expect(refused.body).toMatchObject({ code: "ANONYMOUS_ACCOUNT", detail: expect.stringContaining("vouches") });
  });
});

describe("at once", () => {
  test("two tabs link two identities: one makes the account full, and it has both", async () => {
    const { local, server } = social();
    const { accessToken: token, ...ada } = await signInAnonymously(server.url);
    const people = [anybody(), anybody({ email: newAddress() })] as const;
    const codes = [
      await codeToLink(server, { local, person: people[0] }),
      await codeToLink(server, { local, person: people[1], provider: "company" }),
    ];
    const answers = await Promise.all(codes.map((body) => rest(server.url, "/v1/auth/identities", { token, body })));
    expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    const user = await me(server.url, { accessToken: token });
    expect(user).toMatchObject({ id: ada.userId, isAnonymous: false });
    expect(people.map(({ email }) => email)).toContain(user.email);
    expect((await rest(server.url, "/v1/auth/identities", { token })).body.items).toHaveLength(2);
    expect(await methodsOf(server.url, { accessToken: token })).toEqual(["fed"]);
  });

  test("one tab links and another upgrades: one makes the account full, and no address is lost", async () => {
    const { local, server } = social();
    for (let round = 0; round < 4; round++) {
      const ada = await signInAnonymously(server.url);
      const person = anybody();
      const body = await codeToLink(server, { local, person });
      const [linked, upgraded] = await Promise.all([
        rest(server.url, "/v1/auth/identities", { token: ada.accessToken, body }),
        upgrade(server.url, ada),
      ]);
      expect(linked.status).toBe(204);
      const user = await me(server.url, ada);
      if (upgraded.status === 200) expect(user.email).toBe(upgraded.body.user.email);
      else expect([upgraded.body.code, user.email]).toEqual(["ACCOUNT_NOT_ANONYMOUS", person.email]);
      expect((await rest(server.url, "/v1/auth/identities", { token: ada.accessToken })).body.items).toHaveLength(1);
    }
  });

  test("two anonymous accounts link one identity: one becomes full, and the other hears that it is taken", async () => {
    const { local, server } = social();
    const users = [await signInAnonymously(server.url), await signInAnonymously(server.url)];
    const person = anybody();
    const answers = await Promise.all(users.map(({ accessToken: token }) => linkTo(server, { local, person, token })));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("IDENTITY_TAKEN");
    const states = await Promise.all(users.map(async (user) => (await me(server.url, user)).isAnonymous));
    expect(states.toSorted()).toEqual([false, true]);
  });

  test("somebody links and signs in by the same new identity: there is one account of the address", async () => {
    const { local, server } = social();
    const ada = await signInAnonymously(server.url);
    const person = anybody();
    const [linked, signedIn] = await Promise.all([
      linkTo(server, { local, person, token: ada.accessToken }),
      signInAppAt(server, { local, person }),
    ]);
    expect(signedIn.status).toBe(200);
    if (linked.status === 204) expect(signedIn.body.user.id).toBe(ada.userId);
    else expect([linked.body.code, (await me(server.url, ada)).isAnonymous]).toEqual(["IDENTITY_TAKEN", true]);
  });
});

test("a session that proves nothing links nothing once its account is full", async () => {
  const { local, server } = social();
  const ada = await signInAnonymously(server.url);
  const email = newAddress();
  await upgrade(server.url, ada, { email });
  const token = await receiveToken(server, email, "complete-registration");
  await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
  const refused = await linkTo(server, { local, person: anybody(), token: ada.accessToken });
  expect([refused.status, refused.body.code]).toEqual([403, "STEP_UP_REQUIRED"]);
});

test("an account whose session has ended meanwhile stays anonymous", async () => {
  const { local, server } = social();
  const ada = await signInAnonymously(server.url);
  const body = await codeToLink(server, { local, person: anybody() });
  const [linked] = await Promise.all([
    rest(server.url, "/v1/auth/identities", { token: ada.accessToken, body }),
    rest(server.url, "/v1/auth/logout", { method: "POST", token: ada.accessToken }),
  ]);
  expect([204, 401]).toContain(linked.status);
  const user = server.gatehouse.deps.db.selectFrom("user").where("public_id", "=", ada.userId);
  const { anonymous_since: since } = await user.select("anonymous_since").executeTakeFirstOrThrow();
  expect(since === null).toBe(linked.status === 204);
});
