import { describe, expect, test } from "vitest";
import { rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { mintIdToken, type TokenLies } from "../support/social/id-tokens.ts";
import type { Person } from "../support/social/provider.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, begin, comeBack, errorIn, google, signInAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial());

const nonce = "a nonce of the app's own, at random";

const lies: readonly (readonly [string, TokenLies])[] = [
  ["another nonce", { claims: { nonce: "another" } }],
  ["no nonce", { claims: { nonce: undefined } }],
  ["an empty nonce", { claims: { nonce: "" } }],
  ["the nonce in a list", { claims: { nonce: [nonce] } }],
  ["another issuer", { claims: { iss: "https://evil.example" } }],
  ["an issuer that begins alike", { claims: { iss: "https://accounts.google.com.evil.example" } }],
  ["no issuer", { claims: { iss: undefined } }],
  ["another audience", { claims: { aud: "somebody-else" } }],
  ["no audience", { claims: { aud: undefined } }],
  ["two audiences and nobody authorised", { claims: { aud: [google.clientId, "somebody-else"] } }],
  ["another authorised party", { claims: { azp: "somebody-else" } }],
  ["an algorithm none", { signature: "none" }],
  ["another's key under the provider's name", { signature: "foreign key" }],
  ["the client's secret as the key", { signature: "secret" }],
  ["an end in the past", { ageSeconds: 400 }],
  ["an age of an hour and a late end", { ageSeconds: 3600, claims: { exp: 4_102_444_800 } }],
  ["a time in the future", { ageSeconds: -3600 }],
  ["no end", { claims: { exp: undefined } }],
  ["no subject", { claims: { sub: undefined } }],
  ["an empty subject", { claims: { sub: "" } }],
  ["a subject that is a number", { claims: { sub: 1001 } }],
];

describe("row 23: an id token is refused that has", () => {
  test.each(lies)("%s, after a redirect", async (_name, lie) => {
    const { local, server } = social();
    const person = { ...anybody(), lies: lie };
    const { location, cookies } = await signInAt(server, { local, person });
    expect([errorIn(location), cookies.length]).toEqual(["SOCIAL_SIGN_IN_INVALID", 1]);
  });

  test.each(lies)("%s, from a native app", async (_name, lie) => {
    const { server } = social();
    const honest = { iss: "https://accounts.google.com", aud: google.clientId, sub: "1001", nonce };
    const idToken = await mintIdToken({ ...honest, now: server.clock.now() }, lie);
    const { status, body } = await rest(server.url, "/v1/auth/social/google", { body: { idToken, nonce } });
    expect([status, body.code]).toEqual([400, "SOCIAL_CREDENTIAL_INVALID"]);
  });

  test("nothing wrong is accepted, so that these tests can fail", async () => {
    const { server } = social();
    for (const aud of [google.clientId, ...google.nativeClientIds]) {
      const { email, claims } = anybody();
      const honest = { iss: "https://accounts.google.com", aud, sub: email, nonce, ...claims };
      const idToken = await mintIdToken({ ...honest, now: server.clock.now() });
      const { status } = await rest(server.url, "/v1/auth/social/google", { body: { idToken, nonce } });
      expect(status).toBe(200);
    }
  });

  test.each([
    [{ idToken: "x.y.z" }],
    [{ idToken: "x.y.z", nonce: "" }],
    [{ idToken: "x.y.z", nonce: "short" }],
    [{ nonce }],
    [{}],
    [{ idToken: "x.y.z", nonce, accessToken: "x" }],
  ])("a native sign-in with %j is not tried", async (body) => {
    const { local, server } = social();
    const before = local.requests.length;
    const answer = await rest(server.url, "/v1/auth/social/google", { body });
    expect([answer.status, answer.body.code]).toEqual([400, "INVALID_INPUT"]);
    expect(local.requests).toHaveLength(before);
  });

  test("an access token of Google, which tells nobody for whom it was issued, is refused", async () => {
    const { local, server } = social();
    const accessToken = local.accessToken(anybody(), google.clientId);
    const { body } = await rest(server.url, "/v1/auth/social/google", { body: { accessToken } });
    expect(body.code).toBe("INVALID_INPUT");
  });
});

describe("row 23: what comes back by way of the browser is refused with", () => {
  const returns: readonly (readonly [string, Person["response"]])[] = [
    ["no state", { state: undefined }],
    ["an empty state", { state: "" }],
    ["another state", { state: "another" }],
    ["no code", { code: undefined }],
    ["an unknown code", { code: "unknown" }],
    ["the issuer of another provider (RFC 9207)", { iss: "https://issuer.example" }],
  ];

  test.each(returns)("%s", async (_name, response) => {
    const { local, server } = social();
    const { location } = await signInAt(server, { local, person: { ...anybody(), ...(response && { response }) } });
    expect(errorIn(location)).toBe("SOCIAL_SIGN_IN_INVALID");
  });

  test("a state or a code that comes twice", async () => {
    const { local, server } = social();
    for (const name of ["state", "code"]) {
      const { location, cookie } = await begin(server);
      const parameters = local.authorize(location, anybody());
      parameters.append(name, "another");
      expect(errorIn((await comeBack(server, { cookie, parameters })).location)).toBe("SOCIAL_SIGN_IN_INVALID");
    }
  });

  test("a code that was used before", async () => {
    const { local, server } = social();
    const { location, cookie } = await begin(server);
    const parameters = local.authorize(location, anybody());
    expect(errorIn((await comeBack(server, { cookie, parameters })).location)).toBeNull();
    expect(errorIn((await comeBack(server, { cookie, parameters })).location)).toBe("SOCIAL_SIGN_IN_INVALID");
  });

  test("a code of another sign-in, whose verifier this browser does not have", async () => {
    const { local, server } = social();
    const victim = local.authorize((await begin(server)).location, anybody());
    const { location, cookie } = await begin(server);
    const parameters = new URLSearchParams({
      code: victim.get("code") ?? "",
      state: new URL(location).searchParams.get("state") ?? "",
    });
    expect(errorIn((await comeBack(server, { cookie, parameters })).location)).toBe("SOCIAL_SIGN_IN_INVALID");
  });
});
