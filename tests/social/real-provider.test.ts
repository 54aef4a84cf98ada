import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { browserUnreachable, type Chromium, startChromium } from "../support/browser.ts";
import { freePort } from "../support/free-port.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";
import { codeInAddress, exchange, newPkce } from "../support/sign-in-codes.ts";
import { type RealProvider, startRealProvider } from "../support/social/real-provider.ts";
import { appAddress, errorIn, navigate } from "../support/social/sign-in.ts";

const email = "ada@example.com";

interface RealScene extends AsyncDisposable {
  readonly server: TestGatehouse;
  readonly provider: RealProvider;
  readonly publicUrl: string;
}

/** The server's own address is where browsers reach it, since the provider sends them back there. */
async function open(): Promise<RealScene> {
  await using owned = new AsyncDisposableStack();
  const port = await freePort();
  const publicUrl = `http://localhost:${port}`;
  const provider = owned.use(await startRealProvider({ publicUrls: [publicUrl], email }));
  const own = { HOST: "localhost", PORT: String(port), PUBLIC_URL: publicUrl };
  const server = owned.use(await startGatehouse({ environment: { ...provider.environment, ...own } }));
  const opened = owned.move();
  return { server, provider, publicUrl, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Follows redirects with cookies, as a browser does, up to the app's address. */
async function follow(address: string, untilOrigin: string): Promise<string> {
  const jars = new Map<string, Map<string, string>>();
  for (let next = address, hops = 0; hops < 20; hops += 1) {
    const { origin } = new URL(next);
    if (origin === untilOrigin) return next;
    const jar = jars.get(origin) ?? new Map<string, string>();
    jars.set(origin, jar);
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const { location, cookies } = await navigate(next, { headers: { cookie } });
    for (const line of cookies) {
      const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      jar.set(name, value);
    }
    if (location === "") throw new Error(`No redirect from ${next}`);
    next = new URL(location, next).href;
  }
  throw new Error("Too many redirects");
}

describe("at a real provider of OpenID Connect", () => {
  test("an app signs in by a code, twice to the same account", async () => {
    await using scene = await open();
    const { server, publicUrl } = scene;
    const signIn = async () => {
      const pkce = newPkce();
      const query = new URLSearchParams({ redirectTo: appAddress, codeChallenge: pkce.challenge });
      const end = await follow(`${publicUrl}/v1/auth/social/real/start?${query}`, new URL(appAddress).origin);
      expect(errorIn(end)).toBeNull();
      return (await exchange(server.url, { ...pkce, code: codeInAddress(end) })).body;
    };
    const first = await signIn();
    expect(first.user).toMatchObject({ email, emailVerified: true, givenName: "Ada" });
    expect((await signIn()).user.id).toBe(first.user.id);
  });

  test("an account is linked by a signed-in user", async () => {
    await using scene = await open();
    const { server, publicUrl } = scene;
    const { body } = await rest(server.url, "/v1/auth/register", {
      body: { email: "grace@example.com", password: "tolerant gravel nocturne" },
    });
    const { challenge: codeChallenge, verifier: codeVerifier } = newPkce();
    const query = new URLSearchParams({ redirectTo: appAddress, codeChallenge, mode: "link" });
    const end = await follow(`${publicUrl}/v1/auth/social/real/start?${query}`, new URL(appAddress).origin);
    const { accessToken: token } = body.session;
    const linked = await rest(server.url, "/v1/auth/identities", {
      token,
      body: { code: codeInAddress(end), codeVerifier },
    });
    expect(linked.status).toBe(204);
    const listed = await rest(server.url, "/v1/auth/identities", { token });
    expect(listed.body.items).toMatchObject([{ provider: "real", email }]);
  });
});

describe.skipIf(browserUnreachable)("in Chromium", () => {
  let chromium: Chromium;
  beforeAll(async () => {
    chromium = await startChromium();
  });
  afterAll(() => chromium[Symbol.asyncDispose]());

  test("a browser goes to the provider and comes back signed in with cookies, which no script sees", async () => {
    await using scene = await open();
    const { publicUrl } = scene;
    await using browser = await chromium.openBrowser();
    const page = await browser.context.newPage();
    const target = `${publicUrl}/account/forgot-password`;
    await page.goto(`${publicUrl}/v1/auth/social/real/start?${new URLSearchParams({ redirectTo: target })}`);
    expect(page.url()).toBe(target);
    const user = await page.evaluate(`fetch("/v1/users/me").then(async (answer) => {
      const { email } = await answer.json();
      return { status: answer.status, email, cookies: document.cookie };
    })`);
    expect(user).toEqual({ status: 200, email, cookies: "" });
  });
});
