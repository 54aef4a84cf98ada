import { describe, expect, test } from "vitest";
import { browserUnreachable, startChromium } from "../support/browser.ts";
import { accessCookie, refreshCookie } from "../support/cookies.ts";
import { freePort } from "../support/free-port.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { alertShown, openPage, sectionShown, submit } from "../support/hosted-pages.ts";
import { rest } from "../support/rest.ts";
import { addAuthenticator } from "../support/second-factor.ts";
import { codeInAddress, newPkce } from "../support/sign-in-codes.ts";
import { startRealProvider } from "../support/social/real-provider.ts";

const email = "ada@example.com";

/** A server whose pages offer a real provider of OpenID Connect. */
async function startScene() {
  await using owned = new AsyncDisposableStack();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const provider = owned.use(await startRealProvider({ publicUrls: [url], email }));
  const environment = { ...provider.environment, HOST: "localhost", PORT: String(port), PUBLIC_URL: url };
  const server = owned.use(await startGatehouse({ environment }));
  const { openBrowser } = owned.use(await startChromium());
  const opened = owned.move();
  return { server, url, openBrowser, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

describe.skipIf(browserUnreachable)("the buttons of providers on the page to sign in, in a browser", () => {
  test("sign in there, and hand the app that asked its code", async () => {
    await using scene = await startScene();
    const { url, openBrowser } = scene;
    await using browser = await openBrowser();
    const { challenge, verifier } = newPkce();
    const request = { return_to: "http://localhost:9/signed-in", state: "s" };
    const pkce = { code_challenge: challenge, code_challenge_method: "S256" };
    const page = await openPage(browser, `${url}/sign-in?${new URLSearchParams({ ...request, ...pkce })}`);
    const arriving = page.waitForRequest((sent) => sent.url().startsWith(request.return_to));
    await page.getByRole("button", { name: "Continue with real" }).click();
    const arrived = new URL((await arriving).url()).searchParams;
    expect(arrived.get("state")).toBe("s");
    const body = { code: arrived.get("code"), codeVerifier: verifier };
    const exchanged = await rest(url, "/v1/auth/sign-in-codes/exchange", { body });
    expect(exchanged.body.user).toMatchObject({ email, emailVerified: true });
  });

  test("sign in here, where no app asked", async () => {
    await using scene = await startScene();
    const { url, openBrowser } = scene;
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await page.getByRole("button", { name: "Continue with real" }).click();
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(email);
    expect(new URL(page.url()).searchParams.has("code")).toBe(false);
  });

  test("are not needed: an app that links to the provider with cookies gets the second factor asked for here", async () => {
    await using scene = await startScene();
    const { server, url, openBrowser } = scene;
    const returnTo = `${url}/account/forgot-password`;
    const start = `${url}/v1/auth/social/real/start?${new URLSearchParams({ redirectTo: returnTo })}`;
    const pkce = newPkce();
    await using first = await openBrowser();
    const arriving = await first.context.newPage();
    await arriving.goto(`${start}&codeChallenge=${pkce.challenge}`);
    const body = { code: codeInAddress(arriving.url()), codeVerifier: pkce.verifier };
    const { body: account } = await rest(url, "/v1/auth/sign-in-codes/exchange", { body });
    const { code } = await addAuthenticator(server, account.session.accessToken);
    await using browser = await openBrowser();
    const page = await openPage(browser, start);
    await sectionShown(page, "second-factor");
    // The sign-in named no device that could be trusted.
    expect(await page.getByLabel("Trust this device for 30 days").isVisible()).toBe(false);
    const ownCookies = async () =>
      (await browser.context.cookies(url)).map(({ name }) => name).filter((name) => name.includes("gatehouse"));
    expect(await ownCookies()).toEqual([]);
    await submit(page, { code: code() });
    await page.waitForURL(returnTo);
    expect((await ownCookies()).toSorted()).toEqual([accessCookie, refreshCookie]);
  });

  test("take no code that another tab, or somebody else, brings", async () => {
    await using scene = await startScene();
    const { url, openBrowser } = scene;
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in?code=${"A".repeat(43)}`);
    await sectionShown(page, "form");
    expect(await browser.context.cookies()).toEqual([]);
  });

  test("say that the reader ended it at the provider", async () => {
    await using scene = await startScene();
    const { url, openBrowser } = scene;
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await page.evaluate(`sessionStorage.setItem("gatehouse.social.verifier", "${newPkce().verifier}")`);
    await page.goto(`${url}/sign-in?error=SOCIAL_SIGN_IN_DENIED`);
    expect(await alertShown(page)).toMatchObject({ name: "SOCIAL_SIGN_IN_DENIED" });
  });
});
