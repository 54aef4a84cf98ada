import { describe, expect, test } from "vitest";
import { escapeHtml } from "../../packages/server/src/delivery/escape-html.ts";
import { errorRegistry } from "../../packages/server/src/errors.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const codes = Object.entries(errorRegistry).map(([code, definition]) => ({ code, ...definition }));

/** A page, read to its end: the server would wait for whoever is still reading when it stops. */
async function read(server: TestGatehouse, address: string) {
  const response = await fetch(new URL(address, server.url));
  return { status: response.status, headers: response.headers, url: response.url, text: await response.text() };
}

/** What a page loads: the addresses of its scripts, styles and images. */
function resourcesOf(html: string): string[] {
  return [...html.matchAll(/<(?:script|link|img|iframe)[^>]+(?:src|href)="([^"]+)"/g)].map(
    ([, address = ""]) => address,
  );
}

const shared = shareGatehouse({ environment: { DOCS: "on" } });

describe("the documentation at /docs", () => {
  test("is Swagger UI, and loads everything from this server", async () => {
    const server = shared();
    const page = await read(server, "/docs");
    expect([page.status, page.text]).toEqual([200, expect.stringContaining("swagger-ui")]);
    const resources = resourcesOf(page.text);
    expect(resources.length).toBeGreaterThan(3);
    for (const resource of resources) {
      const address = new URL(resource, page.url);
      expect(address.origin).toBe(new URL(server.url).origin);
      expect([resource, (await read(server, address.href)).status]).toEqual([resource, 200]);
    }
  });

  test("shows the document of this server", async () => {
    const server = shared();
    const initializer = await read(server, "/docs/static/swagger-initializer.js");
    const [, address = ""] = /url: resolveUrl\('([^']+)'\)/.exec(initializer.text) ?? [];
    const shown = await read(server, new URL(address, "http://any/docs/").pathname);
    const document = await read(server, "/openapi.json");
    expect(JSON.parse(shown.text)).toEqual(JSON.parse(document.text));
  });

  test("is cached by a browser", async () => {
    const server = shared();
    for (const path of ["/docs/static/swagger-ui-bundle.js", "/openapi.json"]) {
      const url = new URL(path, server.url);
      const first = await fetch(url);
      const length = (await first.arrayBuffer()).byteLength;
      expect([first.status, first.headers.get("content-length")]).toEqual([200, String(length)]);
      const again = await fetch(url, { headers: { "if-none-match": first.headers.get("etag") ?? "" } });
      expect([again.status, await again.text()]).toEqual([304, ""]);
    }
  });

  test("does not exist with DOCS=off, except for the pages of the error codes", async () => {
    await using server = await startGatehouse({ environment: { DOCS: "off" } });
    const hidden = ["/docs", "/docs/", "/docs/json", "/docs/static/swagger-ui-bundle.js", "/openapi.json"];
    for (const path of hidden) expect([path, (await read(server, path)).status]).toEqual([path, 404]);
    const page = await read(server, "/docs/errors/NOT_FOUND");
    expect(page.status).toBe(200);
    expect(page.text).not.toContain('href="/docs"');
  });

  test("can only run and load its own files", async () => {
    const server = shared();
    const { headers } = await read(server, "/docs");
    const policy = headers.get("content-security-policy") ?? "";
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("script-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/https?:|\*|script-src[^;]*unsafe/);
  });
});

describe("the pages of the error codes", () => {
  test("exist for every code, with its meaning and remedy", async () => {
    const server = shared();
    for (const { code, status, title } of codes) {
      const page = await read(server, `/docs/errors/${code}`);
      expect([code, page.status]).toEqual([code, 200]);
      expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
      for (const part of [code, `HTTP ${status}`, escapeHtml(title), "What it means", "What to do"])
        expect(page.text).toContain(part);
      expect(page.text).not.toContain("`");
    }
  });

  test("do not exist for other codes", async () => {
    const server = shared();
    for (const code of ["NOBODY", "__proto__", "constructor", "toString", "not_found", "%3Cscript%3E", "%00"]) {
      const page = await read(server, `/docs/errors/${code}`);
      expect([code, page.status]).toEqual([code, 404]);
      expect(page.headers.get("content-type")).toContain("application/problem+json");
    }
  });
});
