import { createClient } from "@gatehouse/client";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserUnreachable } from "../support/browser.ts";
import {
  alertShown,
  openPage,
  type PagesScene,
  sectionShown,
  settled,
  startPages,
  submit,
} from "../support/hosted-pages.ts";
import { receive, receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { newPkce } from "../support/sign-in-codes.ts";

/** No server listens there: the browser keeps the address all the same. */
const callback = "http://localhost:9/signed-in";

/** The address to which an app sends its reader. */
function requestOf({ url }: PagesScene, { challenge }: { readonly challenge?: string } = {}): string {
  const parameters = { return_to: callback, state: "the app's state", ...(challenge && pkce(challenge)) };
  return `${url}/sign-in?${new URLSearchParams(parameters)}`;
}

const pkce = (challenge: string) => ({ code_challenge: challenge, code_challenge_method: "S256" });

/** Waits until the browser is sent to the app, and returns the parameters that the app gets. */
async function arrival(page: Page): Promise<Readonly<Record<string, string>>> {
  const request = await page.waitForRequest((sent) => sent.url().startsWith(callback));
  return Object.fromEntries(new URL(request.url()).searchParams);
}

const credentialsOf = ({ email, password }: Account) => ({ identifier: email, password });

describe.skipIf(browserUnreachable)("the page to sign in, in a browser", () => {
  const scene = share(startPages);

  test("signs in, and hands a session over to the app that sent its reader, by a code and PKCE", async () => {
    const { url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await using browser = await openBrowser();
    const { verifier, challenge } = newPkce();
    const page = await openPage(browser, requestOf(scene(), { challenge }));
    const arriving = arrival(page);
    await submit(page, credentialsOf(ada));
    const { code = "", ...others } = await arriving;
    expect(others).toEqual({ state: "the app's state" });
    const app = createClient({ url });
    await app.auth.signInCode.exchange.mutate({ code, codeVerifier: verifier });
    expect((await app.user.me.query()).email).toBe(ada.email);
  });

  test("leads an app without PKCE back with no more than its state", async () => {
    const ada = await registerAccount(scene().url);
    await using browser = await scene().openBrowser();
    const page = await openPage(browser, requestOf(scene()));
    const arriving = arrival(page);
    await submit(page, credentialsOf(ada));
    expect(await arriving).toEqual({ state: "the app's state" });
  });

  test("gives no app a session of who is signed in already without a click", async () => {
    const { url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await using browser = await openBrowser();
    const first = await openPage(browser, `${url}/sign-in`);
    await submit(first, credentialsOf(ada));
    await sectionShown(first, "signed-in");
    const { verifier, challenge } = newPkce();
    const page = await openPage(browser, requestOf(scene(), { challenge }));
    await sectionShown(page, "signed-in");
    const button = page.getByRole("button", { name: `Continue as ${ada.email}` });
    const arriving = arrival(page);
    await button.click();
    const { code = "" } = await arriving;
    const exchanged = await rest(url, "/v1/auth/sign-in-codes/exchange", { body: { code, codeVerifier: verifier } });
    expect(exchanged.body.user.email).toBe(ada.email);
  });

  test("lets another account sign in where somebody is signed in, and ends that session", async () => {
    const { url, openBrowser } = scene();
    const [ada, grace] = [await registerAccount(url), await registerAccount(url)];
    await using browser = await openBrowser();
    const first = await openPage(browser, `${url}/sign-in`);
    await submit(first, credentialsOf(ada));
    await sectionShown(first, "signed-in");
    const page = await openPage(browser, requestOf(scene()));
    await page.getByRole("button", { name: "Use another account" }).click();
    await sectionShown(page, "form");
    const arriving = arrival(page);
    await submit(page, credentialsOf(grace));
    await arriving;
    const sessions = await rest(url, "/v1/auth/sessions", { token: ada.accessToken });
    expect(sessions.body.items).toHaveLength(1);
  });

  test("is still signed in when the access cookie has expired", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, credentialsOf(ada));
    await sectionShown(page, "signed-in");
    server.clock.advance(1000);
    await page.reload();
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(ada.email);
  });

  test.each([
    ["en", "There is no account with this name and this password."],
    ["es", "No hay ninguna cuenta con este nombre y esta contraseña."],
  ])(
    "says in %s that name and password do not go together, at the field and to screen readers",
    async (locale, words) => {
      const { url, openBrowser } = scene();
      const ada = await registerAccount(url);
      await using browser = await openBrowser();
      const page = await openPage(browser, `${url}/sign-in?ui_locales=${locale}`);
      await submit(page, { identifier: ada.email, password: "not the password" });
      const { name, text } = await alertShown(page);
      expect([name, text]).toEqual(["INVALID_CREDENTIALS", expect.stringContaining(words)]);
      const password = page.locator("#password");
      expect(await password.getAttribute("aria-invalid")).toBe("true");
      const described = (await password.getAttribute("aria-describedby")) ?? "";
      expect(await page.locator(`#${described}`).textContent()).toBe(text);
      expect(await page.evaluate("document.activeElement.id")).toBe("password");
      expect(await page.locator("html").getAttribute("lang")).toBe(locale);
    },
  );

  test("says the same about an unknown name", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: "nobody@example.com", password: "not the password" });
    expect(await alertShown(page)).toMatchObject({ name: "INVALID_CREDENTIALS" });
    await submit(page, { identifier: "", password: "" });
    await page.waitForSelector('[data-alert="identifier"]:visible');
  });

  test("can be used by the keyboard alone", async () => {
    const { url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    const order: string[] = [];
    const press = async (key: string) => {
      await page.keyboard.press(key);
      order.push(await page.evaluate<string>("document.activeElement.name || document.activeElement.textContent"));
    };
    await press("Tab");
    await page.keyboard.type(ada.email);
    await press("Tab");
    await page.keyboard.type(ada.password);
    await press("Tab");
    await page.keyboard.press("Space");
    expect(await page.locator("#password").getAttribute("type")).toBe("text");
    await press("Tab");
    await press("Tab");
    expect(order).toEqual(["identifier", "password", "Show", "remember", "Sign in"]);
    await page.keyboard.press("Enter");
    await sectionShown(page, "signed-in");
    expect(await page.locator("#password").getAttribute("type")).toBe("password");
  });

  test("mails a link that signs in in this browser, and goes on to the app", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await using browser = await openBrowser();
    const { verifier, challenge } = newPkce();
    const page = await openPage(browser, requestOf(scene(), { challenge }));
    await page.fill("#identifier", ada.email);
    await page.getByRole("button", { name: "Send me a link by mail instead" }).click();
    await sectionShown(page, "sent");
    const token = await receiveToken(server, ada.email, "magic-link");
    expect((await receive(server, ada.email, "magic-link")).text).not.toContain(encodeURIComponent(callback));
    const opened = await openPage(browser, `${url}/account/magic-link#token=${token}`);
    expect(await opened.locator("form dl").isVisible()).toBe(true);
    await opened.getByRole("button", { name: "Sign in", exact: true }).click();
    await opened.waitForURL(`${url}/sign-in?**`);
    await settled(opened);
    const arriving = arrival(opened);
    await opened.getByRole("button", { name: `Continue as ${ada.email}` }).click();
    const { code = "" } = await arriving;
    const exchanged = await rest(url, "/v1/auth/sign-in-codes/exchange", { body: { code, codeVerifier: verifier } });
    expect(exchanged.status).toBe(200);
  });

  test("asks for an address where the link can go", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in?login_hint=ada`);
    expect(await page.inputValue("#identifier")).toBe("ada");
    await page.getByRole("button", { name: "Send me a link by mail instead" }).click();
    expect(await alertShown(page)).toMatchObject({ name: "email" });
  });
});

describe.skipIf(browserUnreachable)("the page of a link to sign in, in a browser", () => {
  const scene = share(startPages);

  test("signs nobody in before its button is pressed, and then the account that it names", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerAccount(url);
    await rest(url, "/v1/auth/magic-link", { body: { email: ada.email } });
    const token = await receiveToken(server, ada.email, "magic-link");
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/account/magic-link#token=${token}`);
    expect(await page.locator('[data-origin="email"]').textContent()).toBe(ada.email);
    expect(await browser.context.cookies()).toEqual([]);
    await page.getByRole("button", { name: "Sign in" }).click();
    await sectionShown(page, "signed-in");
    expect([await page.locator("[data-account]").textContent(), new URL(page.url()).hash]).toEqual([ada.email, ""]);
    const again = await openPage(browser, `${url}/account/magic-link#token=${token}`);
    await sectionShown(again, "invalid");
  });

  test.each([["#token=short"], [""]])("leads from a dead link (%s) to the page to sign in", async (fragment) => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/account/magic-link${fragment}`);
    await sectionShown(page, "invalid");
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.waitForURL(`${url}/sign-in`);
  });
});
