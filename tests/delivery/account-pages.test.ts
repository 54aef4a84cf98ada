import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { withUsernames } from "../support/usernames.ts";

const pages = [
  ["verify-email", "/v1/auth/email/verify"],
  ["confirm-email-change", "/v1/auth/email/verify"],
  ["undo-email-change", "/v1/auth/email/undo-change"],
  ["reset-password", "/v1/auth/password/reset"],
  ["forgot-password", "/v1/auth/password/forgot"],
  ["complete-registration", "/v1/auth/email/verify"],
] as const;

const shared = shareGatehouse({ environment: { DOCS: "on" } });

describe("the page that a mail's link leads to", () => {
  test("runs only its own script, and is the same for every token", async () => {
    const server = shared();
    for (const [action, operation] of pages) {
      const response = await fetch(new URL(`/account/${action}`, server.url));
      const html = await response.text();
      expect(response.headers.get("content-security-policy")).toMatch(/^default-src 'none'; script-src 'self';/);
      expect(response.headers.get("referrer-policy")).toBe("no-referrer");
      expect(response.headers.get("cache-control")).toBe("no-store");
      expect(html).toContain(`data-address="${operation}"`);
      expect(html).not.toMatch(
        /<script(?! type="module" src="\/account\/assets\/link\.js"><\/script>)|\son\w+=|<style|\sstyle=/,
      );
      const other = await fetch(new URL(`/account/${action}?token=abc`, server.url));
      expect(await other.text()).toBe(html);
    }
  });

  test("says on the page for a forgotten password that an account without an address cannot be recovered", async () => {
    const read = async (url: string, language: string) => {
      const headers = { "accept-language": language };
      return await (await fetch(new URL("/account/forgot-password", url), { headers })).text();
    };
    await using usernames = await startGatehouse({ environment: withUsernames });
    expect(await read(usernames.url, "en")).toContain(
      "An account without an email address cannot be recovered by mail.",
    );
    expect(await read(usernames.url, "es")).toContain("Una cuenta sin correo electrónico no se puede recuperar");
    expect(await read(usernames.url, "en")).toContain("Otherwise ask the people who run this service.");
    expect(await read(shared().url, "en")).not.toContain("without an email address");
  });

  test("posts to an operation that exists", async () => {
    const server = shared();
    const { body } = await rest(server.url, "/openapi.json");
    for (const [, operation] of pages) expect(Object.keys(body.paths[operation])).toContain("post");
  });

  test.each([
    ["es-MX,es;q=0.9,en;q=0.8", "es", "Elige una contraseña nueva"],
    ["de,en;q=0.5,es;q=0.7", "es", "Elige una contraseña nueva"],
    ["es;q=0,en;q=0.1", "en", "Choose a new password"],
    ["de", "en", "Choose a new password"],
    ["*", "en", "Choose a new password"],
    [";q=x,,", "en", "Choose a new password"],
  ])("for a reader of %s is in %s", async (accepted, language, title) => {
    const server = shared();
    const headers = { "accept-language": accepted };
    const response = await fetch(new URL("/account/reset-password", server.url), { headers });
    expect(response.headers.get("content-language")).toBe(language);
    expect(await response.text()).toContain(`<h1>${title}</h1>`);
  });

  test("shows the product's name as text", async () => {
    await using server = await startGatehouse({ environment: { PRODUCT_NAME: "Bits & Bobs" } });
    const response = await fetch(new URL("/account/magic-link", server.url));
    expect(await response.text()).toContain('<p class="product">Bits &amp; Bobs</p>');
  });

  test.each([
    ["verify-email", "/v1/auth/email/verify/inspect"],
    ["confirm-email-change", "/v1/auth/email/verify/inspect"],
    ["complete-registration", "/v1/auth/email/verify/inspect"],
    ["reset-password", "/v1/auth/password/reset/inspect"],
    ["magic-link", "/v1/auth/magic-link/verify/inspect"],
  ])("for %s checks its link with %s before it asks for anything", async (page, inspection) => {
    const server = shared();
    const html = await (await fetch(new URL(`/account/${page}`, server.url))).text();
    expect(html).toContain(`data-inspection="${inspection}"`);
    expect(html).toContain('data-origin="email"');
    expect(html).toContain('data-section="unread"');
    const { body } = await rest(server.url, "/openapi.json");
    expect(Object.keys(body.paths[inspection])).toContain("post");
  });

  test.each([
    ["reset-password", "/account/forgot-password", "Ask for a new link"],
    ["verify-email", "/sign-in", "Sign in"],
    ["magic-link", "/sign-in", "Sign in"],
  ])("for %s leads from a link that does not work to %s", async (page, address, label) => {
    const html = await (await fetch(new URL(`/account/${page}`, shared().url))).text();
    expect(html).toMatch(new RegExp(`data-section="invalid".+<a class="button" href="${address}">${label}</a>`));
  });

  test.each([
    ["verify-email", true],
    ["confirm-email-change", true],
    ["complete-registration", true],
    ["undo-email-change", false],
    ["reset-password", false],
  ])("for %s asks whether its reader asked for it: %s", async (page, asks) => {
    const server = shared();
    const html = await (await fetch(new URL(`/account/${page}`, server.url))).text();
    expect(html.includes('name="requestedBy" value="me"')).toBe(asks);
    expect(html.includes('name="requestedBy" value="somebody_else"')).toBe(asks);
  });

  test("does not exist for actions that no mail links to", async () => {
    const server = shared();
    for (const path of ["/account", "/account/delete", "/account/assets/routes.ts"]) {
      expect((await fetch(new URL(path, server.url))).status).toBe(404);
    }
  });
});

describe("what every page has", () => {
  const addresses = ["/sign-in", "/sign-up", ...pages.map(([page]) => `/account/${page}`)];

  test.each(addresses)("%s allows nothing inline, nothing from elsewhere and no frame", async (address) => {
    const response = await fetch(new URL(address, shared().url));
    const html = await response.text();
    const policy = response.headers.get("content-security-policy");
    expect(policy).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(html).not.toMatch(
      /<script(?! type="module" src="\/account\/assets\/[a-z-]+\.js"><\/script>)|\son\w+=|<style|\sstyle=/,
    );
    expect(html).toContain("This page needs JavaScript.");
  });

  test.each(["favicon.svg", "theme.css", "page.css", "sign-in.js", "view.js"])(
    "serves %s, and caches it",
    async (file) => {
      const address = new URL(`/account/assets/${file}`, shared().url);
      const response = await fetch(address);
      expect(response.status).toBe(200);
      const etag = response.headers.get("etag") ?? "";
      expect((await fetch(address, { headers: { "if-none-match": etag } })).status).toBe(304);
    },
  );

  test.each([
    ["es fr", "de", "es"],
    ["fr es-MX en", "en", "es"],
    ["fr", "es", "es"],
    ["<script>", "en", "en"],
  ])("is in the language of ui_locales=%s before that of the browser, %s", async (uiLocales, accepted, language) => {
    const address = `/sign-in?${new URLSearchParams({ ui_locales: uiLocales })}`;
    const response = await fetch(new URL(address, shared().url), { headers: { "accept-language": accepted } });
    expect(response.headers.get("content-language")).toBe(language);
  });

  test("has the operator's colours, logo and way home", async () => {
    await using server = await startGatehouse({
      environment: {
        PAGES_ACCENT_COLOR: "#7a1fa2",
        PAGES_LOGO_URL: "https://cdn.example.com/logo.svg?v=1&size=2",
        PAGES_HOME_URL: "https://app.example.com/home",
        PRODUCT_NAME: "Bits & Bobs",
      },
    });
    const read = async (path: string) => await fetch(new URL(path, server.url));
    const page = await read("/account/verify-email");
    expect(page.headers.get("content-security-policy")).toContain("img-src 'self' https://cdn.example.com;");
    const html = await page.text();
    expect(html).toContain('<img src="https://cdn.example.com/logo.svg?v=1&amp;size=2" alt="Bits &amp; Bobs"');
    expect(html).toContain('<a class="button" href="https://app.example.com/home"');
    const theme = await (await read("/account/assets/theme.css")).text();
    expect(theme).toContain("--action: #7a1fa2;");
    expect(await (await read("/favicon.ico")).text()).toContain('fill="#7a1fa2"');
  });
});

describe("an address that does not exist", () => {
  const ask = (path: string, accept: string) => fetch(new URL(path, shared().url), { headers: { accept } });
  const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

  test("is a page for browsers, and a problem document for programs", async () => {
    const page = await ask("/nothing", browser);
    expect([page.status, page.headers.get("content-type")]).toEqual([404, "text/html; charset=utf-8"]);
    expect(await page.text()).toContain("There is no such page");
    const problem = await ask("/nothing", "*/*");
    expect(problem.status).toBe(404);
    expect(problem.headers.get("content-type")).toContain("application/problem+json");
  });

  test.each(["/v1/nothing", "/rpc/nothing"])("of the API stays a problem document for browsers: %s", async (path) => {
    expect((await ask(path, browser)).headers.get("content-type")).not.toContain("html");
  });
});
