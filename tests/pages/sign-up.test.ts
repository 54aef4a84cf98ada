import { describe, expect, test } from "vitest";
import { passwordRefusalWords } from "../../packages/server/src/password-refusal.ts";
import { browserUnreachable } from "../support/browser.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { alertShown, openPage, sectionShown, startPages, submit } from "../support/hosted-pages.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { withUsernames } from "../support/usernames.ts";

const anyAddress = () => `${crypto.randomUUID()}@example.com`;
const password = "correct horse battery";

test("the page to sign up says where it cannot register, and leads to the page to sign in", async () => {
  await using server = await startGatehouse({ environment: { REGISTRATION_IDENTIFIERS: "phone" } });
  const signIn = await (await fetch(new URL("/sign-in", server.url))).text();
  expect(signIn).toContain("Email address, username or telephone number");
  const html = await (await fetch(new URL("/sign-up", server.url))).text();
  expect(html).toContain("Create an account in the app");
  expect(html).toContain('href="/sign-in"');
  expect(html).not.toContain("<form");
});

describe.skipIf(browserUnreachable)("the page to sign up, in a browser", () => {
  const scene = share(startPages);

  test("makes an account in its reader's language, and signs in", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser({ locale: "es-MX" });
    const page = await openPage(browser, `${url}/sign-up`);
    const email = anyAddress();
    await submit(page, { email, password });
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(email);
    const signedIn = await rest(url, "/v1/auth/login", { body: { identifier: email, password } });
    expect(signedIn.body.user.locale).toBe("es");
  });

  test.each([
    ["correct horse", "too_short"],
    ["abcdefghijklmnopqrstu", "sequence"],
    ["aaaaaaaaaaaaaaaaaaaaaa", "repeated"],
    ["x".repeat(300), "too_long"],
  ] as const)("names the same reason as the API for the password %s", async (weak, reason) => {
    const { url, openBrowser } = scene();
    const words = passwordRefusalWords("en", { minCharacters: 15 });
    const email = anyAddress();
    const { body } = await rest(url, "/v1/auth/register", { body: { email, password: weak } });
    expect(body.errors[0]).toMatchObject({ reason, message: words[reason] });
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-up`);
    await submit(page, { email, password: weak });
    expect(await alertShown(page)).toEqual({ name: `password-${reason}`, text: words[reason] });
    expect(await page.locator("#password-hint").isVisible()).toBe(false);
    await submit(page, { password });
    await sectionShown(page, "signed-in");
  });

  test("says that an address is taken, and leads to the page to sign in with the app's request", async () => {
    const { url, openBrowser } = scene();
    const { email } = await registerAccount(url);
    await using browser = await openBrowser();
    const request = "?return_to=http%3A%2F%2Flocalhost%3A9%2F&state=s";
    const page = await openPage(browser, `${url}/sign-up${request}`);
    await submit(page, { email, password });
    expect(await alertShown(page)).toMatchObject({ name: "EMAIL_TAKEN" });
    await page.getByRole("link", { name: "Sign in" }).click();
    await page.waitForURL(`${url}/sign-in${request}`);
  });

  test("tells password managers which fields it has", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-up`);
    const field = page.locator("#password");
    expect(await field.getAttribute("autocomplete")).toBe("new-password");
    expect(await field.getAttribute("minlength")).toBe("15");
    expect(await page.locator("#email").getAttribute("autocomplete")).toBe("username");
  });
});

describe.skipIf(browserUnreachable)("the page to sign up where a link completes the registration", () => {
  const scene = share(() => startPages({ REGISTRATION_MODE: "verified" }));

  test("says so, and the link leads back to the app's request", async () => {
    const { server, url, openBrowser } = scene();
    await using browser = await openBrowser();
    const request = "?return_to=http%3A%2F%2Flocalhost%3A9%2F&state=s";
    const page = await openPage(browser, `${url}/sign-up${request}`);
    const email = anyAddress();
    await submit(page, { email, password });
    await sectionShown(page, "confirm");
    const token = await receiveToken(server, email, "complete-registration");
    const link = await openPage(browser, `${url}/account/complete-registration#token=${token}`);
    await link.click("button[value=me]");
    await sectionShown(link, "done");
    await link.getByRole("link", { name: "Continue" }).click();
    await link.waitForURL(`${url}/sign-in${request}`);
  });
});

describe.skipIf(browserUnreachable)("the page to sign up where a username is enough", () => {
  const scene = share(() => startPages(withUsernames));

  test("takes one without an address", async () => {
    const { url, openBrowser } = scene();
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-up`);
    await submit(page, { username: "a!", password });
    expect(await alertShown(page)).toMatchObject({ name: "username" });
    const username = `u${crypto.randomUUID().slice(0, 8)}`;
    await submit(page, { username });
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(username);
  });
});
