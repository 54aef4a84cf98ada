import { describe, expect, test } from "vitest";
import { type Browser, browserUnreachable, startChromium } from "../support/browser.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { receive, receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share, shareGatehouse } from "../support/shared-gatehouse.ts";

const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

async function registerWith({ url }: TestGatehouse, userAgent: string) {
  const body = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  const { session } = (await rest(url, "/v1/auth/register", { body, headers: { "user-agent": userAgent } })).body;
  return { email: body.email, accessToken: session.accessToken as string };
}

/** Opens the link of the mail, and waits for what the page says of it. */
async function openLink(server: TestGatehouse, { context }: Browser, token: string) {
  const page = await context.newPage();
  await page.goto(`${server.url}/account/verify-email#token=${token}`);
  await page.waitForSelector("form:not([hidden]), section:not([hidden])");
  return page;
}

describe.skipIf(browserUnreachable)("in a browser the page behind the link to verify an address", () => {
  const shared = shareGatehouse();
  const chromium = share(startChromium);

  test("shows who registered, and does nothing until its reader has answered", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const ada = await registerWith(server, firefox);
    const page = await openLink(server, browser, await receiveToken(server, ada.email, "verify-email"));
    const shown = await page.locator("dl").textContent();
    expect(shown).toContain("Firefox 132 on Linux");
    expect(shown).toContain("127.0.0.1");
    const isVerified = async () =>
      (await rest(server.url, "/v1/users/me", { token: ada.accessToken })).body?.emailVerified;
    expect(await isVerified()).toBe(false);
    await page.click("button[value=me]");
    await page.waitForSelector('[data-section="done"]:not([hidden])');
    expect([await isVerified(), new URL(page.url()).hash]).toEqual([true, ""]);
  });

  test("ends what a stranger set up when its reader says that it was somebody else", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const stranger = await registerWith(server, firefox);
    const page = await openLink(server, browser, await receiveToken(server, stranger.email, "verify-email"));
    await page.click("button[value=somebody_else]");
    await page.waitForSelector('[data-section="disowned"]:not([hidden])');
    expect((await rest(server.url, "/v1/users/me", { token: stranger.accessToken })).status).toBe(401);
    await receive(server, stranger.email, "reset-password");
  });

  test.each([
    "<script>document.title = 'taken'</script>",
    "Mozilla/5.0 (X11; Linux) Firefox/<img/src=x/onerror=document.title='taken'>",
    "Mozilla/5.0 (X11; Linux) Chrome/1<b>Your_bank</b>",
  ])("does not show the text of a user agent that calls itself %s", async (userAgent) => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const stranger = await registerWith(server, userAgent);
    const page = await openLink(server, browser, await receiveToken(server, stranger.email, "verify-email"));
    expect(await page.locator("dl").innerHTML()).not.toMatch(/<(script|img|b)\b/);
    expect(await page.locator("dl").textContent()).not.toMatch(/taken|bank/);
    expect(await page.title()).toContain("Confirm your email address");
  });

  test("reports a used link without asking", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const ada = await registerWith(server, firefox);
    const token = await receiveToken(server, ada.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
    const page = await openLink(server, browser, token);
    expect(await page.locator('[data-section="invalid"]').isVisible()).toBe(true);
    expect(await page.locator("form").isVisible()).toBe(false);
  });

  test("goes on to where the registration wanted, when its work is done", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const redirectTo = "http://localhost:9/welcome?from=mail&x=1";
    const { email } = await registerAccount(server.url, { redirectTo });
    const page = await openLink(server, browser, await receiveToken(server, email, "verify-email"));
    await page.click("button[value=me]");
    await page.waitForSelector('[data-section="done"]:not([hidden])');
    const way = page.locator('[data-section="done"] a');
    expect([await way.getAttribute("href"), await way.textContent()]).toEqual([redirectTo, "Continue"]);
  });

  test("uses the token of a link that is opened in the same tab later", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const [ada, grace] = [await registerWith(server, firefox), await registerWith(server, firefox)];
    const page = await openLink(server, browser, await receiveToken(server, ada.email, "verify-email"));
    const token = await receiveToken(server, grace.email, "verify-email");
    await page.goto(`${server.url}/account/verify-email#token=${token}`);
    await page.getByText(grace.email).waitFor();
  });

  test("says that nothing has happened when the server cannot be reached", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    await browser.context.route("**/v1/auth/email/verify/inspect", (route) => route.abort());
    const page = await openLink(server, browser, "A".repeat(43));
    expect(await page.locator('[data-section="unread"]').isVisible()).toBe(true);
  });
});

describe.skipIf(browserUnreachable)("in a browser the page behind the link to choose a password", () => {
  const shared = shareGatehouse();
  const chromium = share(startChromium);

  async function openReset(server: TestGatehouse, { context }: Browser, redirectTo?: string) {
    const { email } = await registerAccount(server.url);
    await rest(server.url, "/v1/auth/password/forgot", { body: { email, redirectTo } });
    const token = await receiveToken(server, email, "reset-password");
    const page = await context.newPage();
    await page.goto(`${server.url}/account/reset-password#token=${token}`);
    await page.waitForSelector("form:not([hidden])");
    return { page, email };
  }

  test("has the account for password managers, shows the password, and names why one is refused", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    const { page, email } = await openReset(server, browser);
    const username = page.locator('input[autocomplete="username"]');
    expect([await username.inputValue(), await username.isVisible()]).toEqual([email, false]);
    const password = page.locator("#password");
    expect(await password.getAttribute("minlength")).toBe("15");
    await page.getByRole("button", { name: "Show the password" }).click();
    expect(await password.getAttribute("type")).toBe("text");
    await password.fill("abcdefghijklmnopqrstu");
    await page.getByRole("button", { name: "Save password" }).click();
    await page.getByText("This password is a series such as abcd or 4321.").waitFor();
    expect(await password.getAttribute("type")).toBe("password");
  });

  test("leads to the page to sign in, or to where the request wanted", async () => {
    const server = shared();
    await using browser = await chromium().openBrowser();
    for (const [redirectTo, expected] of [
      [undefined, "/sign-in"],
      ["http://localhost:9/app", "http://localhost:9/app"],
    ]) {
      const { page } = await openReset(server, browser, redirectTo);
      await page.fill("#password", "sandstone lullaby verdict");
      await page.getByRole("button", { name: "Save password" }).click();
      await page.waitForSelector('[data-section="done"]:not([hidden])');
      expect(await page.locator('[data-section="done"] a').getAttribute("href")).toBe(expected);
    }
  });
});
