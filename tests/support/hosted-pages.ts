import type { BrowserContextOptions, Page } from "playwright-core";
import { type Browser, type Chromium, startChromium } from "./browser.ts";
import { freePort } from "./free-port.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";
import { patience } from "./patience.ts";

/** A server at its own `PUBLIC_URL`, so that its pages may use cookies, and a running Chromium. */
export interface PagesScene extends AsyncDisposable {
  readonly server: TestGatehouse;
  /** `PUBLIC_URL`. */
  readonly url: string;
  /** Opens a browser of its own, which is closed with its pages. */
  readonly openBrowser: (options?: BrowserContextOptions) => Promise<Browser>;
}

/** Starts the scene; `localhost` may keep secure cookies without TLS. */
export async function startPages(environment: Readonly<Record<string, string>> = {}): Promise<PagesScene> {
  await using opened = new AsyncDisposableStack();
  const port = await freePort();
  const url = `http://localhost:${port}`;
  const settings = { HOST: "localhost", PORT: String(port), PUBLIC_URL: url, ...environment };
  const server = opened.use(await startGatehouse({ environment: settings }));
  const chromium: Chromium = opened.use(await startChromium());
  const owned = opened.move();
  return { server, url, openBrowser: chromium.openBrowser, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Opens the address in a tab, and waits until the page shows its form or a section. */
export async function openPage({ context }: Browser, address: string): Promise<Page> {
  context.setDefaultTimeout(patience.timeout);
  const page = await context.newPage();
  await page.goto(address);
  await settled(page);
  return page;
}

/** Waits until the page shows its form or a section. */
export async function settled(page: Page): Promise<void> {
  await page.waitForSelector("form:not([hidden]), section:not([hidden]), .card > h1");
}

/** Waits until the page shows this section. */
export async function sectionShown(page: Page, name: string): Promise<void> {
  await page.waitForSelector(`[data-section="${name}"]:not([hidden])`);
}

/** Waits for the alert that the page shows, and returns its name and its words. */
export async function alertShown(page: Page): Promise<{ readonly name: string | null; readonly text: string | null }> {
  const alert = page.locator("[data-alert]:visible");
  await alert.waitFor();
  return { name: await alert.getAttribute("data-alert"), text: await alert.textContent() };
}

/** Fills in the fields of these names and sends the form. */
export async function submit(page: Page, fields: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, value] of Object.entries(fields)) await page.fill(`form:not([hidden]) [name="${name}"]`, value);
  await page.click("form:not([hidden]) button:not([type=button])");
}
