import { readFile } from "node:fs/promises";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

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
        /<script(?! type="module" src="\/account\/assets\/page\.js"><\/script>)|\son\w+=|<style/,
      );
      const other = await fetch(new URL(`/account/${action}?token=abc`, server.url));
      expect(await other.text()).toBe(html);
    }
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
  ])("for %s checks its link with %s before it asks for anything", async (page, inspection) => {
    const server = shared();
    const html = await (await fetch(new URL(`/account/${page}`, server.url))).text();
    expect(html).toContain(`data-inspection="${inspection}"`);
    expect(html).toContain('data-origin="email"');
    expect(html).toContain('data-section="unread"');
    const { body } = await rest(server.url, "/openapi.json");
    expect(Object.keys(body.paths[inspection])).toContain("post");
  });

  test("for a reset link that does not work leads to the page that sends another", async () => {
    const server = shared();
    const html = await (await fetch(new URL("/account/reset-password", server.url))).text();
    expect(html).toMatch(/data-section="invalid".+<a href="\/account\/forgot-password">Ask for a new link<\/a>/);
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

  test("for a magic link does not use the token, and says that the app does", async () => {
    const server = shared();
    const html = await (await fetch(new URL("/account/magic-link", server.url))).text();
    expect(html).toContain("<h1>This link opens in the app</h1>");
    expect(html).not.toMatch(/<script|<form|signed in/);
  });

  test("does not exist for actions that no mail links to", async () => {
    const server = shared();
    for (const path of ["/account", "/account/delete", "/account/assets/routes.ts"]) {
      expect((await fetch(new URL(path, server.url))).status).toBe(404);
    }
  });
});

interface Page {
  /** The section that it shows, or its form. */
  readonly shown: () => string | undefined;
  readonly reloads: () => number;
  readonly openLink: () => void;
  /** Presses a button, if it matters which. */
  readonly submit: (button?: string) => Promise<void>;
  readonly shownOrigins: readonly object[];
  readonly sent: readonly object[];
}

interface Opening {
  readonly hash: string;
  readonly takesToken: boolean;
  /** What the look at who asked for the link comes to. Default: the page asks nothing about that. */
  readonly inspected?: { readonly section: string; readonly origin?: object };
}

/** Runs the page's script on as much of a browser as it uses. */
async function openPage({ hash, takesToken, inspected }: Opening): Promise<Page> {
  const script = await readFile(new URL("page.js", redeemFile), "utf8");
  const sent: object[] = [];
  const listeners = new Map<string, (event: object) => unknown>();
  const addEventListener = (name: string, listener: (event: object) => unknown) => listeners.set(name, listener);
  const names = ["done", "invalid", "unread", "disowned"];
  const sections = names.map((section) => ({ dataset: { section }, hidden: true }));
  const inspection = inspected === undefined ? {} : { inspection: "/v1/y" };
  const dataset = { address: "/v1/x", ...(takesToken ? { takesToken: "" } : {}), ...inspection };
  const elements = { querySelector: () => null };
  const querySelectorAll = (selector: string) => (selector === "button" ? [{ disabled: false }] : []);
  const form = { dataset, hidden: true, ...elements, querySelectorAll, addEventListener };
  const shownOrigins: object[] = [];
  let reloads = 0;
  const body = script.replaceAll(/^import .+$/gm, "");
  await runInNewContext(`(async () => {${body}})()`, {
    document: {
      querySelector: (selector: string) => (selector === "form" ? form : null),
      querySelectorAll: () => sections,
      documentElement: { lang: "en" },
    },
    location: { hash, pathname: "/", reload: () => reloads++ },
    history: { replaceState: () => undefined },
    window: { addEventListener, fetch },
    readOrigin: async () => inspected,
    showOrigin: (origin: object) => shownOrigins.push(origin),
    redeem: async ({ fields }: { fields: object }) => {
      sent.push(fields);
      return "done";
    },
    URLSearchParams,
    FormData: function FormData(_form: object, pressed?: string) {
      return [pressed === undefined ? ["email", "ada@example.com"] : ["requestedBy", pressed]];
    },
  });
  return {
    sent,
    shownOrigins,
    shown: () => (form.hidden ? sections.find(({ hidden }) => !hidden)?.dataset.section : "form"),
    reloads: () => reloads,
    openLink: () => listeners.get("hashchange")?.({}),
    submit: async (submitter) => void (await listeners.get("submit")?.({ submitter, preventDefault: () => undefined })),
  };
}

describe("the page's script", () => {
  test.each([
    ["me", "done"],
    ["somebody_else", "disowned"],
  ])("shows who asked for the link, and sends the answer %s that its reader gives", async (button, section) => {
    const origin = { ip: "203.0.113.7" };
    const page = await openPage({ hash: "#token=t", takesToken: true, inspected: { section: "ask", origin } });
    expect([page.shown(), page.shownOrigins, page.sent]).toEqual(["form", [origin], []]);
    await page.submit(button);
    expect([page.shown(), page.sent]).toEqual([section, [{ token: "t", requestedBy: button }]]);
  });

  test.each(["invalid", "unread"])(
    "asks nothing when the origin of the link could not be read: %s",
    async (section) => {
      const page = await openPage({ hash: "#token=t", takesToken: true, inspected: { section } });
      expect([page.shown(), page.shownOrigins]).toEqual([section, []]);
    },
  );

  test("uses the token of a link that is opened in the same tab later", async () => {
    const page = await openPage({ hash: "#token=first", takesToken: true });
    expect(page.shown()).toBe("form");
    page.openLink();
    expect(page.reloads()).toBe(1);
  });

  test("asks nothing without a token, except on the page that needs none", async () => {
    expect((await openPage({ hash: "", takesToken: true })).shown()).toBe("invalid");
    const page = await openPage({ hash: "", takesToken: false });
    expect(page.shown()).toBe("form");
    await page.submit();
    expect([page.shown(), page.sent]).toEqual(["done", [{ email: "ada@example.com" }]]);
  });
});

describe("the check of a link", () => {
  test.each([400, 429, 500])(
    "reads or cancels every body, which would otherwise hold its connection: %i",
    async (status) => {
      const originFile = new URL("origin.js", redeemFile);
      const { readOrigin } = await import(
        `data:text/javascript,${encodeURIComponent(await readFile(originFile, "utf8"))}`
      );
      const response = new Response(JSON.stringify({ code: "EMAIL_TOKEN_INVALID" }), { status });
      const section = status === 400 ? "invalid" : "unread";
      expect(await readOrigin({ address: "/v1/x", token: "t", fetch: async () => response })).toEqual({ section });
      await expect(response.text()).rejects.toThrow();
    },
  );

  test.each([true, false])("puts the email address into the page as text, in a field: %s", async (isField) => {
    const originFile = new URL("origin.js", redeemFile);
    const { showOrigin } = await import(
      `data:text/javascript,${encodeURIComponent(await readFile(originFile, "utf8"))}`
    );
    const email = "<b>ada</b>@example.com";
    const place: { value?: string; textContent?: string } = isField ? { value: "" } : {};
    const querySelector = (selector: string) => (selector === '[data-origin="email"]' ? place : null);
    showOrigin({ email }, { document: { querySelector }, language: "en" });
    expect(place).toEqual(isField ? { value: email } : { textContent: email });
  });
});

type Redeem = (call: { address: string; fields: object; fetch: typeof fetch }) => Promise<string>;

const redeemFile = new URL("../../packages/server/src/http/account-pages/browser/redeem.js", import.meta.url);

/** What the page's script decides by. */
async function load(source: string): Promise<Redeem> {
  const module: { redeem: Redeem } = await import(`data:text/javascript,${encodeURIComponent(source)}`);
  return module.redeem;
}

function answering(status: number, body: unknown): typeof fetch {
  return async () => new Response(body === undefined ? null : JSON.stringify(body), { status });
}

describe("what the page says about the answer", () => {
  test.each([
    [204, undefined, "done"],
    [200, { status: "signed_in" }, "done"],
    [400, { code: "EMAIL_TOKEN_INVALID" }, "invalid"],
    [400, { code: "PASSWORD_TOO_WEAK", errors: [{ path: "password", reason: "sequence" }] }, "password-sequence"],
    [400, { code: "INVALID_INPUT", errors: [{ path: "password", reason: "too_long" }] }, "password-too_long"],
    [400, { code: "INVALID_INPUT", errors: [{ path: "password" }] }, "failed"],
    [400, { code: "INVALID_INPUT", errors: [{ path: "token" }] }, "invalid"],
    [400, { code: "INVALID_INPUT", errors: [{ path: "email" }] }, "email"],
    [429, { code: "TOO_MANY_REQUESTS" }, "later"],
    [503, { code: "SERVICE_UNAVAILABLE" }, "failed"],
    [502, "not a problem document", "failed"],
  ])("with status %i and %j is: %s", async (status, body, expected) => {
    const redeem = await load(await readFile(redeemFile, "utf8"));
    const call = { address: "/v1/auth/password/reset", fields: { token: "t" }, fetch: answering(status, body) };
    expect(await redeem(call)).toBe(expected);
  });

  test("of a real server to an invented token is that the link does not work", async () => {
    const server = shared();
    const served = await fetch(new URL("/account/assets/redeem.js", server.url));
    const redeem = await load(await served.text());
    const here: typeof fetch = (address, init) => fetch(new URL(String(address), server.url), init);
    for (const [action, address] of pages.filter(([name]) => name !== "forgot-password")) {
      const password = action === "reset-password" ? { password: "a few words in a row" } : {};
      const fields = { token: "A".repeat(43), ...password };
      expect([action, await redeem({ address, fields, fetch: here })]).toEqual([action, "invalid"]);
    }
  });
});
