import axe from "axe-core";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserUnreachable } from "../support/browser.ts";
import { openPage, type PagesScene, sectionShown, startPages, submit } from "../support/hosted-pages.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { registerProtected, takePasskeys } from "../support/second-factor.ts";
import { share } from "../support/shared-gatehouse.ts";
import { SoftwareAuthenticator } from "../support/software-authenticator.ts";
import { addVirtualAuthenticator } from "../support/virtual-authenticator.ts";

/** What axe-core finds wrong, by the rule and the first element. */
async function violationsOf(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<axe.AxeResults>("axe.run(document)");
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
}

/** Whether anything is wider than the window. */
const isTooWide = (page: Page) => page.evaluate<boolean>("document.documentElement.scrollWidth > innerWidth");

type State = (page: Page, scene: PagesScene) => Promise<unknown>;

const invented = `#token=${"A".repeat(43)}`;

/** Each page, and what is done on it before it is looked at. */
const pages: Readonly<Record<string, readonly [address: string, ...State[]]>> = {
  "the page to sign in": ["/sign-in"],
  "a refused sign-in": ["/sign-in", (page) => submit(page, { identifier: "nobody", password: "wrong" }), alerted],
  "the request for a link": [
    "/sign-in?login_hint=ada@example.com",
    (page) => page.click("[data-address='/v1/auth/magic-link']"),
    (page) => sectionShown(page, "sent"),
  ],
  "the page for the second factor": ["/sign-in", askForFactor],
  "the page for a passkey as a second factor": ["/sign-in", askForPasskey],
  "a passkey that was not used": [
    "/sign-in",
    askForPasskey,
    (page) => page.click("[data-section='second-factor'] button:not([type=button])"),
    alerted,
  ],
  "the page for a code by mail": [
    "/sign-in",
    askForEmailCode,
    (page) => page.click("[data-sends-code]"),
    (page) => page.waitForSelector(".sent:not(:empty)"),
  ],
  "who is signed in": ["/sign-in?return_to=http%3A%2F%2Flocalhost%3A9%2F", signInHere],
  "the page to sign up": ["/sign-up"],
  "a refused password": ["/sign-up", (page) => submit(page, { email: "ada@example.com", password: "short" }), alerted],
  "the page of a link to sign in": ["/account/magic-link", openMagicLink],
  "a dead link to sign in": ["/account/magic-link"],
  "the page to verify an address": ["/account/verify-email", openVerification],
  "a dead link to verify an address": [`/account/verify-email${invented}`],
  "the page to choose a password": ["/account/reset-password", openReset],
  "the page for a forgotten password": ["/account/forgot-password"],
  "the page to undo a change": [`/account/undo-email-change${invented}`],
  "the page to restore an account": [`/account/restore-account${invented}`],
  "the page to download data": [`/account/download-export${invented}`],
  "an app that may not sign in": ["/sign-in?return_to=https%3A%2F%2Fevil.example%2F"],
  "an address that does not exist": ["/nothing"],
};

async function alerted(page: Page): Promise<void> {
  await page.locator("[data-alert]:visible").waitFor();
}

async function askForFactor(page: Page, { server }: PagesScene): Promise<void> {
  const { email, password } = await registerProtected(server);
  await submit(page, { identifier: email, password });
  await sectionShown(page, "second-factor");
}

async function askForPasskey(page: Page, { url }: PagesScene): Promise<void> {
  const account = await registerAccount(url);
  await takePasskeys({ url }, account, new SoftwareAuthenticator({ origin: url }));
  await addVirtualAuthenticator(page);
  await submit(page, { identifier: account.email, password: account.password });
  await sectionShown(page, "second-factor");
}

async function askForEmailCode(page: Page, { server, url }: PagesScene): Promise<void> {
  const { email, password, accessToken: token } = await registerProven(server);
  await rest(url, "/v1/auth/mfa/email", { method: "POST", token });
  await submit(page, { identifier: email, password });
  await sectionShown(page, "second-factor");
}

async function signInHere(page: Page, { url }: PagesScene): Promise<void> {
  const { email, password } = await registerAccount(url);
  const body = { identifier: email, password, transport: "cookie" };
  await page.request.post(`${url}/v1/auth/login`, { data: body, headers: { origin: url } });
  await page.reload();
  await sectionShown(page, "signed-in");
}

async function openMagicLink(page: Page, { server, url }: PagesScene): Promise<void> {
  const { email } = await registerAccount(url);
  await rest(url, "/v1/auth/magic-link", { body: { email } });
  await page.goto(`${url}/account/magic-link#token=${await receiveToken(server, email, "magic-link")}`);
  await sectionShown(page, "form");
}

async function openVerification(page: Page, { server, url }: PagesScene): Promise<void> {
  const { email } = await registerAccount(url);
  await page.goto(`${url}/account/verify-email#token=${await receiveToken(server, email, "verify-email")}`);
  await sectionShown(page, "form");
}

async function openReset(page: Page, { server, url }: PagesScene): Promise<void> {
  const { email } = await registerAccount(url);
  await rest(url, "/v1/auth/password/forgot", { body: { email } });
  await page.goto(`${url}/account/reset-password#token=${await receiveToken(server, email, "reset-password")}`);
  await sectionShown(page, "form");
}

describe.skipIf(browserUnreachable)(
  "axe-core finds nothing wrong, 390 pixels wide, in both themes and languages",
  () => {
    const scene = share(startPages);

    test.each(Object.entries(pages))("on %s", async (_name, [address, ...states]) => {
      const looks = [
        { colorScheme: "light", locale: "en-GB" },
        { colorScheme: "dark", locale: "es-ES" },
      ] as const;
      for (const look of looks) {
        await using browser = await scene().openBrowser({ viewport: { width: 390, height: 844 }, ...look });
        const page = await openPage(browser, scene().url + address);
        for (const reach of states) await reach(page, scene());
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect([colorScheme, look.locale, await violationsOf(page), await isTooWide(page)]).toEqual([
            colorScheme,
            look.locale,
            [],
            false,
          ]);
        }
      }
    });
  },
);
