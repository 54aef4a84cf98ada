import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserUnreachable } from "../support/browser.ts";
import { alertShown, openPage, type PagesScene, sectionShown, startPages, submit } from "../support/hosted-pages.ts";
import { registerProven } from "../support/links.ts";
import { codeIn, receive, receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { addAuthenticator, registerProtected, takePasskeys } from "../support/second-factor.ts";
import { share } from "../support/shared-gatehouse.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { addVirtualAuthenticator, givePasskey } from "../support/virtual-authenticator.ts";

describe.skipIf(browserUnreachable)("the second factor on the pages, in a browser", () => {
  const scene = share(startPages);

  test("follows a password, by the code of an app", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerProtected(server);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    expect(await browser.context.cookies()).toEqual([]);
    expect(await page.locator("#code").getAttribute("autocomplete")).toBe("one-time-code");
    await submit(page, { code: "000000" });
    expect(await alertShown(page)).toMatchObject({ name: "SECOND_FACTOR_INVALID" });
    await submit(page, { code: ada.code() });
    await sectionShown(page, "signed-in");
  });

  test("follows a link to sign in, by a recovery code", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerProven(server);
    const { recoveryCodes } = await addAuthenticator(server, ada.accessToken);
    await rest(url, "/v1/auth/magic-link", { body: { email: ada.email } });
    const token = await receiveToken(server, ada.email, "magic-link");
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/account/magic-link#token=${token}`);
    await page.getByRole("button", { name: "Sign in", exact: true }).click();
    await sectionShown(page, "second-factor");
    await page.getByRole("button", { name: "Use a recovery code" }).click();
    await page.fill("#recoveryCode", recoveryCodes[0] ?? "");
    await page.getByRole("button", { name: "Confirm" }).click();
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(ada.email);
  });

  test("follows a password, by a passkey of the browser", async () => {
    const { url, openBrowser } = scene();
    const ada = await registerAccount(url);
    const authenticator = new SoftwareAuthenticator({ origin: url });
    await takePasskeys({ url }, ada, authenticator);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    const virtual = await addVirtualAuthenticator(page);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    await page.getByRole("button", { name: "Continue with a passkey" }).click();
    expect(await alertShown(page)).toMatchObject({ name: "passkey-unused" });
    await givePasskey(virtual, authenticator);
    await page.getByRole("button", { name: "Continue with a passkey" }).click();
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(ada.email);
  });

  test("is a recovery code where the browser knows no passkeys", async () => {
    const { url, openBrowser } = scene();
    const ada = await registerAccount(url);
    const { recoveryCodes } = await takePasskeys({ url }, ada, new SoftwareAuthenticator({ origin: url }));
    await using browser = await openBrowser();
    await browser.context.addInitScript("delete window.PublicKeyCredential");
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    expect(await page.getByRole("button").allTextContents()).toContain("Confirm");
    expect(await page.locator("[data-uses]:visible").count()).toBe(0);
    await submit(page, { recoveryCode: recoveryCodes[0] ?? "" });
    await sectionShown(page, "signed-in");
  });

  test("follows a password, by a code that the page sends by mail", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerProven(server);
    await rest(url, "/v1/auth/mfa/email", { method: "POST", token: ada.accessToken });
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    await submit(page, { emailCode: "000000" });
    expect(await alertShown(page)).toMatchObject({ name: "SECOND_FACTOR_INVALID" });
    await page.getByRole("button", { name: "Send me a code" }).click();
    await page.getByRole("status").filter({ hasText: "on its way" }).waitFor();
    await submit(page, { emailCode: codeIn(await receive(server, ada.email, "sign-in-code")) });
    await sectionShown(page, "signed-in");
  });

  test("leads back to the page to sign in when it took too long", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerProtected(server);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in?ui_locales=es`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    server.clock.advance(600);
    await submit(page, { code: ada.code() });
    expect(await alertShown(page)).toMatchObject({ name: "MFA_CHALLENGE_INVALID" });
    await page.locator("[data-alert]:visible a").click();
    await page.waitForURL(`${url}/sign-in?ui_locales=es`);
  });

  test("goes from one factor to another by the keyboard, and says where the focus is", async () => {
    const { server, url, openBrowser } = scene();
    const ada = await registerProven(server);
    await addAuthenticator(server, ada.accessToken);
    await rest(url, "/v1/auth/mfa/email", { method: "POST", token: ada.accessToken });
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    expect(await page.locator("[data-uses]:visible").allTextContents()).toEqual([
      "Use a code by mail",
      "Use a recovery code",
    ]);
    await page.getByRole("button", { name: "Use a code by mail" }).press("Enter");
    expect(await focusedName(page)).toBe("emailCode");
    expect(await page.getByLabel("Code from the mail").isVisible()).toBe(true);
    await page.getByRole("button", { name: "Use the authenticator app" }).press("Enter");
    expect(await focusedName(page)).toBe("code");
  });
});

const focusedName = (page: Page) => page.evaluate<string | null>("document.activeElement.getAttribute('name')");

describe.skipIf(browserUnreachable)("a browser that is trusted at the second factor", () => {
  const scene = share(startPages);
  const untrusting = share(() => startPages({ MFA_TRUSTED_DEVICE_DAYS: "0" }));

  /** Signs in with the password and a code, and out again. */
  async function signInWithCode({ server, url }: PagesScene, page: Page, trusts: boolean) {
    const ada = await registerProtected(server);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    if (trusts) await page.getByLabel("Trust this device for 30 days").check();
    await submit(page, { code: ada.code() });
    await sectionShown(page, "signed-in");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.goto(`${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    return ada;
  }

  test("is not asked for one again, and another browser is", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    const ada = await signInWithCode(scene(), page, true);
    await sectionShown(page, "signed-in");
    await using other = await openBrowser();
    const elsewhere = await openPage(other, `${url}/sign-in`);
    await submit(elsewhere, { identifier: ada.email, password: ada.password });
    await sectionShown(elsewhere, "second-factor");
  });

  test("is one only if its user says so", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await signInWithCode(scene(), page, false);
    await sectionShown(page, "second-factor");
  });

  test("is not offered where the server trusts none, which then hears of no device", async () => {
    const { server, url, openBrowser } = untrusting();
    const ada = await registerProtected(server);
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: ada.email, password: ada.password });
    await sectionShown(page, "second-factor");
    expect(await page.locator("[data-section='second-factor'] [type=checkbox]").count()).toBe(0);
    await submit(page, { code: ada.code() });
    await sectionShown(page, "signed-in");
    expect((await rest(url, "/v1/devices", { token: ada.accessToken })).body.items).toEqual([]);
  });
});
