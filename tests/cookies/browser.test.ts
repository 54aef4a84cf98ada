import type { GatehouseClient } from "@gatehouse/client";
import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { browserUnreachable, servePages, serveTls, startChromium } from "../support/browser.ts";
import { accessCookie, refreshCookie } from "../support/cookies.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { clearAccounts, share } from "../support/shared-gatehouse.ts";

/** What the pages have as globals. */
declare const gatehouse: typeof import("@gatehouse/client");
declare global {
  var client: GatehouseClient<import("@gatehouse/client").AppRouter, "cookie">;
}

const account = { email: "ada@example.com", password: "correct horse battery" };

/** Gives the page a client of the server with cookies. */
async function connect(page: Page, url: string): Promise<Page> {
  await page.evaluate((address) => {
    globalThis.client = gatehouse.createClient({ url: address, transport: "cookie" });
  }, url);
  return page;
}

const register = (page: Page) => page.evaluate((fields) => client.auth.register.mutate(fields), account);
const emailOf = async (page: Page) => (await page.evaluate(() => client.user.me.query())).email;

/** The code that a call is refused with. */
function refusalOf(page: Page): Promise<string> {
  return page.evaluate(() =>
    client.user.me.query().then(
      () => "none",
      (error: unknown) => (gatehouse.isGatehouseError(error) ? error.data.code : String(error)),
    ),
  );
}

/** Browsers send cookies of `localhost` to every port of it, over HTTP too: the least that stands between two origins. */
async function startScene() {
  await using opened = new AsyncDisposableStack();
  const pages = opened.use(await servePages());
  const origin = `http://localhost:${pages.port}`;
  const log: string[] = [];
  const onLog = (line: string) => log.push(line);
  const server = opened.use(await startGatehouse({ environment: { CORS_ORIGINS: origin }, onLog }));
  const chromium = opened.use(await startChromium());
  const owned = opened.move();
  return { origin, log, server, chromium, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** Opens a browser of its own on the scene, where nobody has an account yet. */
async function openScene({ origin, log, server, chromium }: Awaited<ReturnType<typeof startScene>>) {
  await clearAccounts(server);
  log.length = 0;
  const url = server.url.replace("127.0.0.1", "localhost");
  const browser = await chromium.openBrowser();
  return {
    ...browser,
    server,
    url,
    /** The status of each answer so far to calls of this address. */
    answersTo: (path: string) =>
      log
        .map((line) => JSON.parse(line))
        .filter((line) => line.msg === "request" && line.path === path && line.method === "POST")
        .map(({ status }) => status),
    openTab: async () => connect(await browser.open(origin), url),
  };
}

const liveSessions = ({ database }: TestGatehouse) =>
  database?.query("select refresh_counter from session where revoked_at is null");

describe.skipIf(postgresUnreachable || browserUnreachable)("in a browser, with cookies", () => {
  const shared = share(startScene);

  test("no script of the page can read a token", async () => {
    await using scene = await openScene(shared());
    const tab = await scene.openTab();
    const answer = await register(tab);
    const cookies = await scene.context.cookies();
    expect(cookies.map(({ name }) => name).toSorted()).toEqual([accessCookie, refreshCookie]);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({
        httpOnly: true,
        secure: true,
        sameSite: "Strict",
        path: "/",
        domain: "localhost",
      });
    }
    const stores = await tab.evaluate<string>("JSON.stringify([document.cookie, localStorage, sessionStorage])");
    const readable = stores + JSON.stringify(await tab.evaluate(() => client.$session.get()));
    expect(readable).toContain("gatehouse.session");
    for (const { value } of cookies) expect(readable + JSON.stringify(answer)).not.toContain(value);
    expect(await emailOf(tab)).toBe(account.email);
  });

  test("two tabs that are refused at once refresh the session once, and both go on", async () => {
    await using scene = await openScene(shared());
    const tabs = [await scene.openTab(), await scene.openTab()] as const;
    await register(tabs[0]);
    const bothRefused = Promise.withResolvers<void>();
    let refusals = 0;
    const attemptKeys: (string | undefined)[] = [];
    scene.context.on("response", (response) => {
      if (response.url().includes("user.me") && response.status() === 401 && ++refusals === 2) bothRefused.resolve();
    });
    await scene.context.route("**/rpc/auth.refresh", async (route) => {
      const sent = route.request();
      if (sent.method() === "POST") attemptKeys.push(sent.postData()?.match(/[0-9a-f]{32}/)?.[0]);
      await bothRefused.promise;
      await route.continue();
    });
    scene.server.clock.advance(1000);
    expect(await Promise.all(tabs.map(emailOf))).toEqual([account.email, account.email]);
    // A tab that waited for its turn too long, or does not see yet what the other stored, repeats that one's refresh.
    expect([...new Set(attemptKeys)]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/)]);
    expect(await liveSessions(scene.server)).toEqual([{ refresh_counter: 1 }]);
  });

  test("a page that was closed before the answer to its refresh is signed in when it is opened days later", async () => {
    await using scene = await openScene(shared());
    const closed = await scene.openTab();
    await register(closed);
    scene.server.clock.advance(1000);
    const cookies = await scene.context.cookies();
    await scene.context.route("**/rpc/auth.refresh", async (route) => {
      if (route.request().method() === "POST") await route.fetch();
      await route.abort();
    });
    expect(await refusalOf(closed)).toContain("Failed to fetch");
    expect(await liveSessions(scene.server)).toEqual([{ refresh_counter: 1 }]);
    await closed.close();
    await scene.context.unroute("**/rpc/auth.refresh");
    // The answer that was fetched for the page, and did not come to it, has set the browser's cookies all the same.
    await scene.context.addCookies(cookies);
    scene.server.clock.advance(3 * 24 * 60 * 60);
    const tabs = [await scene.openTab(), await scene.openTab()];
    expect(await Promise.all(tabs.map(emailOf))).toEqual([account.email, account.email]);
    expect(await liveSessions(scene.server)).toEqual([{ refresh_counter: 1 }]);
  });

  test("a tab stays signed in over a reload, and a logout signs all of them out and leaves no cookie", async () => {
    await using scene = await openScene(shared());
    const [first, second] = [await scene.openTab(), await scene.openTab()];
    await register(first);
    await connect(second, scene.url);
    expect(await emailOf(second)).toBe(account.email);
    await first.evaluate(() => client.auth.logout.mutate());
    expect(await scene.context.cookies()).toEqual([]);
    expect(await refusalOf(second)).toBe("UNAUTHENTICATED");
    expect(await second.evaluate(() => client.$session.get())).toEqual({ session: null, signOutReason: "elsewhere" });
    expect(await liveSessions(scene.server)).toEqual([]);
  });

  test("a page of another origin of the same site can neither use the cookies nor read an answer", async () => {
    await using scene = await openScene(shared());
    const tab = await scene.openTab();
    await register(tab);
    await using foreignPages = await servePages();
    const foreign = await connect(await scene.open(`http://localhost:${foreignPages.port}`), scene.url);
    await foreign.evaluate(async (url) => {
      const init = { method: "POST", credentials: "include", mode: "no-cors" } as const;
      await fetch(`${url}/v1/auth/logout`, init).catch(() => undefined);
    }, scene.url);
    expect(await refusalOf(foreign)).toContain("Failed to fetch");
    await foreign.setContent(
      `<form method="post" action="${scene.url}/v1/auth/logout-all"><button>Win</button></form>`,
    );
    await Promise.all([foreign.waitForURL("**/v1/auth/logout-all"), foreign.click("button")]);
    // Without the cookies, which came along, it would be 401.
    expect(scene.answersTo("/v1/auth/logout")).toEqual([403]);
    expect(scene.answersTo("/v1/auth/logout-all")).toEqual([415]);
    expect(await emailOf(tab)).toBe(account.email);
  });

  test("a subdomain cannot sign a user in as somebody else", async () => {
    await using pages = await servePages();
    await using securePages = await serveTls(pages.port);
    const origin = `https://gatehouse.test:${securePages.port}`;
    await using server = await startGatehouse({ environment: { CORS_ORIGINS: origin } });
    await using secureServer = await serveTls(Number(new URL(server.url).port));
    await using browser = await shared().chromium.openBrowser();
    const tab = await connect(await browser.open(origin), `https://gatehouse.test:${secureServer.port}`);
    await register(tab);
    const cookies = await browser.context.cookies();
    expect(cookies).toHaveLength(2);
    await tab.evaluate(() => client.$session.clear());
    await browser.context.clearCookies();
    const planted = await plant(await browser.open(`https://evil.gatehouse.test:${securePages.port}`), cookies);
    expect(planted).toContain("__Secure-gatehouse-access=");
    expect(planted).not.toMatch(/(^|; )__host-/i);
    expect(planted).toContain("\u2000__Host-gatehouse-access=");
    expect(await refusalOf(tab)).toBe("UNAUTHENTICATED");
  });
});

/** Sets the cookies for the whole domain, under every name that may pass for theirs; answers with those that are there then. */
async function plant(page: Page, cookies: readonly { readonly name: string; readonly value: string }[]) {
  const lines = cookies.flatMap(({ name, value }) => {
    const plain = name.replace("__Host-", "");
    const aliases = [name, name.toUpperCase(), plain, `__Secure-${plain}`, `=${name}`, `\u2000${name}`];
    return aliases.map((alias) => `${alias}=${value}; Domain=gatehouse.test; Path=/; Secure`);
  });
  return await page.evaluate<string>(
    `for (const line of ${JSON.stringify(lines)}) document.cookie = line; document.cookie`,
  );
}
