import { describe, expect, test } from "vitest";
import { pageOrigin } from "../support/cookies.ts";
import { rest } from "../support/rest.ts";
import { addAuthenticator, answer } from "../support/second-factor.ts";
import { share } from "../support/shared-gatehouse.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, appAddress, navigate, signInAppAt, signInAt } from "../support/social/sign-in.ts";

const social = share(() => startSocial());

/** Somebody who signed in at the provider once, and has set up an authenticator app. */
async function protectedPerson() {
  const { local, server } = social();
  const person = anybody();
  const first = await signInAppAt(server, { local, person });
  const { code } = await addAuthenticator(server, first.body.session.accessToken);
  return { local, server, person, code };
}

test("a sign-in of an app at a provider takes the second factor of the account", async () => {
  const { local, server, person, code } = await protectedPerson();
  const { body } = await signInAppAt(server, { local, person });
  expect(body).toMatchObject({ status: "mfa_required", methods: ["totp", "recovery_code"] });
  expect(body).not.toHaveProperty("session");
  const signedIn = await answer(server, body.challenge, { code: code() });
  expect(signedIn.status).toBe(200);
  const status = await rest(server.url, "/v1/auth/status", { token: signedIn.body.session.accessToken });
  expect(status.body.session.methods).toEqual(["fed", "otp"]);
});

describe("a sign-in with cookies at a provider", () => {
  const cookieName = "__Host-gatehouse-second-factor";

  /** Comes back from the provider: the address of the page that asks, and the cookie that it needs. */
  async function comeBackHalfSignedIn() {
    const { local, server, person, code } = await protectedPerson();
    const { status, location, cookies } = await signInAt(server, { local, person });
    const line = cookies.find((each) => each.startsWith(`${cookieName}=`)) ?? "";
    return { server, code, status, location, cookies, line, cookie: line.split(";", 1)[0] ?? "" };
  }

  /** What a page of the server asks for. */
  async function askedBy(url: string, address: string, cookie: string) {
    const { pathname, search } = new URL(address);
    const { response, cookies } = await navigate(`${url}${pathname}${search}`, { headers: { cookie } });
    const [, escaped] = /data-asked="([^"]*)"/.exec(await response.text()) ?? [];
    return { asked: escaped && JSON.parse(escaped.replaceAll("&quot;", '"')), cookies };
  }

  test("goes to the page to sign in, with the challenge in a cookie and nowhere in the address", async () => {
    const { status, location, cookies, line, cookie } = await comeBackHalfSignedIn();
    const page = `${pageOrigin}/sign-in?${new URLSearchParams({ return_to: appAddress })}`;
    expect([status, location]).toEqual([303, page]);
    expect(line.split("; ").slice(1)).toEqual(["Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=300"]);
    expect(cookies.join()).not.toMatch(/gatehouse-(access|refresh)/);
    const { challenge } = JSON.parse(Buffer.from(cookie.split("=")[1] ?? "", "base64url").toString());
    expect(location).not.toContain(challenge);
  });

  test("is complete once that page has got the factor, with the session in cookies", async () => {
    const { server, code, location, cookie } = await comeBackHalfSignedIn();
    const { asked, cookies } = await askedBy(server.url, location, cookie);
    expect(asked).toEqual({ challenge: expect.any(String), methods: ["totp", "recovery_code"] });
    expect(cookies).toEqual([expect.stringMatching(new RegExp(`^${cookieName}=;.*Max-Age=0`))]);
    const body = { challenge: asked.challenge, code: code(), transport: "cookie" };
    const proven = await rest(server.url, "/v1/auth/mfa/verify", { body, headers: { origin: pageOrigin } });
    expect(proven.status).toBe(200);
    const session = proven.headers.getSetCookie().map((each) => each.split(";", 1)[0]);
    const headers = { cookie: session.join("; "), origin: pageOrigin };
    const current = await rest(server.url, "/v1/auth/status", { headers });
    expect(current.body.session.methods).toEqual(["fed", "otp"]);
  });

  test("is asked for by no other page, and by none without the cookie or with one that is not ours", async () => {
    const { server, location, cookie } = await comeBackHalfSignedIn();
    const other = await askedBy(server.url, `${pageOrigin}/sign-up`, cookie);
    expect([other.asked, other.cookies]).toEqual([undefined, []]);
    const wrong = ["", `${cookieName}=%22`, `${cookieName}=${Buffer.from('{"a":1}').toString("base64url")}`];
    for (const sent of [...wrong, `${cookie}; ${cookie}`]) {
      expect((await askedBy(server.url, location, sent)).asked).toBeUndefined();
    }
  });
});
