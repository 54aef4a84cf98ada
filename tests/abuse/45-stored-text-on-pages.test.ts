import { describe, expect, test } from "vitest";
import { browserUnreachable } from "../support/browser.ts";
import { openPage, sectionShown, startPages, submit } from "../support/hosted-pages.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";

/** Every character of an address (RFC 5322, atext) that means something in HTML or in a replacement text of JavaScript. */
const hostileAddress = () => `$&'{account}&lt=b/${crypto.randomUUID().slice(0, 8)}@example.com`;

const hostileName = "<img src=x onerror=\"document.title='taken'\">";

describe.skipIf(browserUnreachable)("row 45: stored text of a user on the pages", () => {
  const scene = share(startPages);

  test("an address is shown as it is, and a name nowhere", async () => {
    const { server, url, openBrowser } = scene();
    const { email, password } = await registerAccount(url, { email: hostileAddress(), givenName: hostileName });
    await using browser = await openBrowser();
    const page = await openPage(browser, `${url}/sign-in`);
    await submit(page, { identifier: email, password });
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-account]").textContent()).toBe(email);
    await page.goto(`${url}/sign-in?return_to=http%3A%2F%2Flocalhost%3A9%2F`);
    await sectionShown(page, "signed-in");
    expect(await page.locator("[data-does=continue]").textContent()).toBe(`Continue as ${email}`);
    await rest(url, "/v1/auth/magic-link", { body: { email } });
    const link = await openPage(
      browser,
      `${url}/account/magic-link#token=${await receiveToken(server, email, "magic-link")}`,
    );
    expect(await link.locator('[data-origin="email"]').textContent()).toBe(email);
    for (const each of [page, link]) {
      expect(await each.title()).not.toBe("taken");
      expect(await each.locator("main").innerHTML()).not.toMatch(/<(img|b)\b|onerror/);
    }
  });
});
