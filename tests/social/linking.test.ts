import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receive, settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { linkTo } from "../support/social/linking.ts";
import { nativeSignIn } from "../support/social/native.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, company, google, signInAppAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial({ providers: [google, { ...company, keepTokens: true }] }));

const unlink = (server: TestGatehouse, token: string, path: string) =>
  rest(server.url, `/v1/auth/identities/${path}`, { method: "DELETE", token });

const listed = async (server: TestGatehouse, token: string) =>
  (await rest(server.url, "/v1/auth/identities", { token })).body.items;

describe("a signed-in user links a provider", () => {
  test("with another address than the account's, signs in by it from then on, and is told", async () => {
    const { local, server } = social();
    const account = await registerProven(server);
    const person = anybody();
    expect((await linkTo(server, { local, person, token: account.accessToken })).status).toBe(204);
    expect((await signInAppAt(server, { local, person })).body.user.id).toBe(account.userId);
    await settle(server);
    await receive(server, account.email, "identity-changed");
  });

  test("by what a native app got of the provider's library, and by nothing else", async () => {
    const { server } = social();
    const { accessToken: token, userId } = await registerAccount(server.url);
    const credential = await nativeSignIn(server);
    const link = (body: object) => rest(server.url, "/v1/auth/identities", { token, body });
    const { provider: _provider, ...incomplete } = credential;
    for (const body of [incomplete, { ...credential, code: "a", codeVerifier: "b".repeat(43) }, { provider: "google" }])
      expect((await link(body)).body.code).toBe("INVALID_INPUT");
    expect((await link({ ...credential, nonce: crypto.randomUUID() })).body.code).toBe("SOCIAL_CREDENTIAL_INVALID");
    expect((await link({ ...credential, provider: "nobody" })).body.code).toBe("NOT_FOUND");
    expect((await link(credential)).status).toBe(204);
    const { provider, ...native } = credential;
    const { body } = await rest(server.url, `/v1/auth/social/${provider}`, { body: native });
    expect(body.user.id).toBe(userId);
  });

  test("twice, and has it once", async () => {
    const { local, server } = social();
    const { accessToken: token } = await registerAccount(server.url);
    const person = anybody();
    await linkTo(server, { local, person, token });
    expect((await linkTo(server, { local, person, token })).status).toBe(204);
    expect(await listed(server, token)).toHaveLength(1);
  });

  test("but not one that another account has, also if both link at once", async () => {
    const { local, server } = social();
    const accounts = [await registerAccount(server.url), await registerAccount(server.url)];
    const person = anybody();
    const answers = await Promise.all(
      accounts.map(({ accessToken: token }) => linkTo(server, { local, person, token })),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(answers.find(({ status }) => status === 409)?.body.code).toBe("IDENTITY_TAKEN");
  });
});

describe("a user unlinks a provider", () => {
  test("and cannot sign in by it any more", async () => {
    const { local, server } = social();
    const { accessToken: token, userId } = await registerAccount(server.url);
    const person = anybody();
    await linkTo(server, { local, person, token });
    expect((await unlink(server, token, "google")).status).toBe(204);
    expect((await signInAppAt(server, { local, person })).body.user.id).not.toBe(userId);
    expect((await unlink(server, token, "google")).body.code).toBe("NOT_FOUND");
  });

  test("one of several at a provider, and then all", async () => {
    const { local, server } = social();
    const { accessToken: token } = await registerAccount(server.url);
    for (let count = 0; count < 3; count++) await linkTo(server, { local, person: anybody(), token });
    const [first, second] = await listed(server, token);
    expect((await unlink(server, token, `google?id=${second.id}`)).status).toBe(204);
    expect((await listed(server, token)).map(({ id }: { id: string }) => id)).toEqual([first.id, expect.any(String)]);
    expect((await unlink(server, token, "google")).status).toBe(204);
    expect(await listed(server, token)).toEqual([]);
  });

  test("but not somebody else's", async () => {
    const { local, server } = social();
    const [ada, grace] = [await registerAccount(server.url), await registerAccount(server.url)];
    await linkTo(server, { local, person: anybody(), token: ada.accessToken });
    const [identity] = await listed(server, ada.accessToken);
    expect((await unlink(server, grace.accessToken, `google?id=${identity.id}`)).body.code).toBe("NOT_FOUND");
    expect(await listed(server, ada.accessToken)).toHaveLength(1);
  });

  test("but never the last way in; also of two that go at once one stays", async () => {
    const { local, server } = social();
    const [person, other] = [anybody({ email: `${crypto.randomUUID()}@example.com` }), anybody()];
    const { body } = await signInAppAt(server, { local, person });
    const { accessToken: token } = body.session;
    expect((await unlink(server, token, "google")).body.code).toBe("LAST_WAY_IN");
    expect((await linkTo(server, { local, person: other, token, provider: "company" })).status).toBe(204);
    const answers = await Promise.all(["google", "company"].map((provider) => unlink(server, token, provider)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([204, 409]);
    expect(await listed(server, token)).toHaveLength(1);
  });

  test("whose address is proven, since a link can be mailed there", async () => {
    const { local, server } = social();
    const { body } = await signInAppAt(server, { local, person: anybody() });
    expect((await unlink(server, body.session.accessToken, "google")).status).toBe(204);
  });
});

describe("the tokens of a provider", () => {
  test("are kept if the settings say so, sealed, and are not kept otherwise", async () => {
    const { local, server } = social();
    const tokensOf = async (provider: string) => {
      const { body } = await signInAppAt(server, { local, person: anybody(), provider });
      const identities = server.gatehouse.deps.db
        .selectFrom("identity")
        .innerJoin("user", "user.id", "identity.user_id");
      return await identities.select("tokens").where("user.public_id", "=", body.user.id).executeTakeFirstOrThrow();
    };
    expect(await tokensOf("google")).toEqual({ tokens: null });
    const { tokens } = await tokensOf("company");
    expect(Buffer.from(tokens ?? []).toString("latin1")).toMatch(/^(?!.*token-).{64,}$/s);
  });
});

test("administrators list a user's identities", async () => {
  const { local, server } = social();
  const { accessToken: token } = await registerWithRoles(server);
  const person = anybody();
  const { body } = await signInAppAt(server, { local, person });
  const answer = await rest(server.url, `/v1/users/${body.user.id}/identities`, { token });
  expect(answer.body.items).toMatchObject([{ provider: "google", email: person.email }]);
  expect((await rest(server.url, `/v1/users/${crypto.randomUUID()}/identities`, { token })).status).toBe(404);
});
