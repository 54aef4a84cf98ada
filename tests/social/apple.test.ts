import { createPublicKey } from "node:crypto";
import { jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { sha256Hex } from "../../packages/server/src/crypto/secret-digest.ts";
import { rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { mintIdToken } from "../support/social/id-tokens.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, apple, begin, signInAppAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial());

const person = (claims: Readonly<Record<string, unknown>> = {}) =>
  anybody({
    email: `${crypto.randomUUID()}@privaterelay.appleid.com`,
    given_name: undefined,
    email_verified: "true",
    ...claims,
  });

describe("Apple", () => {
  test("posts its response from its own site, and the cookie of the sign-in comes along", async () => {
    const { local, server } = social();
    const { location, cookies } = await begin(server, { provider: "apple" });
    expect(new URL(location).searchParams.get("response_mode")).toBe("form_post");
    expect(cookies[0]).toContain("SameSite=None");
    const { body } = await signInAppAt(server, { local, person: person(), provider: "apple", isPosted: true });
    expect(body).toMatchObject({ status: "signed_in", user: { emailVerified: true, givenName: null } });
  });

  test("gives the name beside the first response alone, and nothing else of that counts", async () => {
    const { local, server } = social();
    const user = JSON.stringify({ name: { firstName: "Ada", lastName: "Lovelace" }, email: "victim@example.com" });
    const ada = person();
    const first = { ...ada, response: { user } };
    const { body } = await signInAppAt(server, { local, person: first, provider: "apple", isPosted: true });
    expect(body.user).toMatchObject({ givenName: "Ada", familyName: "Lovelace", email: ada.email });
    const again = await signInAppAt(server, { local, person: ada, provider: "apple", isPosted: true });
    expect(again.body.user).toMatchObject({ id: body.user.id, givenName: "Ada" });
  });

  test("is shown a client secret that is signed by the key, and ends within minutes", async () => {
    const { local, server } = social();
    await signInAppAt(server, { local, person: person(), provider: "apple", isPosted: true });
    const sent = local.requests.findLast(({ path }) => path === "appleid.apple.com/token");
    const secret = new URLSearchParams(sent?.body).get("client_secret") ?? "";
    const rules = { issuer: apple.teamId, audience: "https://appleid.apple.com", currentDate: server.clock.now() };
    const { payload, protectedHeader } = await jwtVerify(secret, createPublicKey(apple.privateKey), rules);
    expect([payload.sub, protectedHeader]).toEqual([apple.clientId, { alg: "ES256", kid: apple.keyId }]);
    expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(300);
  });

  test("gives an app on the telephone an id token for the app, with the digest of its nonce", async () => {
    const { server } = social();
    const { sub, claims } = person();
    const nonce = "a nonce of the app's own, at random";
    const honest = { aud: "com.example.app", sub, nonce: sha256Hex(nonce), ...claims, now: server.clock.now() };
    const sign = async (iss: string) => {
      const idToken = await mintIdToken({ iss, ...honest });
      return await rest(server.url, "/v1/auth/social/apple", { body: { idToken, nonce, givenName: "Ada" } });
    };
    const { body } = await sign("https://appleid.apple.com");
    expect(body.user.givenName).toBe("Ada");
    expect((await sign("https://account.apple.com")).body.user.id).toBe(body.user.id);
    expect((await sign("https://apple.com")).body.code).toBe("SOCIAL_CREDENTIAL_INVALID");
  });
});
