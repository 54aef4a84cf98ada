import { expect, test } from "vitest";
import { errorRegistry } from "../../packages/server/src/errors.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse({ environment: { DOCS: "on" } });

const read = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, headers: response.headers, text: await response.text() };
};

const linksIn = (html: string) => [...html.matchAll(/href="([^"]+)"/g)].map(([, address = ""]) => address);

test("/ says what runs here, and each of its links answers", async () => {
  const { url } = shared();
  const { status, headers, text } = await read(`${url}/`);
  expect([status, headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'");
  const links = linksIn(text);
  expect(links).toEqual(expect.arrayContaining(["/sign-in", "/docs", "/docs/errors", "/dev/outbox", "/health/ready"]));
  for (const link of links) expect([link, (await read(new URL(link, url).href)).status]).toEqual([link, 200]);
});

test("/v1 tells programs the same addresses", async () => {
  const { url } = shared();
  const page = linksIn((await read(`${url}/`)).text);
  const index = await read(`${url}/v1`);
  const { name, ...addresses }: Record<string, string> = JSON.parse(index.text);
  expect([index.status, name]).toEqual([200, "Gatehouse"]);
  expect(Object.values(addresses).map((address) => new URL(address).pathname)).toEqual(page);
});

test("neither names what the server does not have", async () => {
  await using server = await startGatehouse({ environment: { DOCS: "off", PRODUCT_NAME: "Ada & Sons" } });
  const page = await read(`${server.url}/`);
  expect(page.text).toContain("<h1>Ada &amp; Sons</h1>");
  expect([page.status, linksIn(page.text).filter((link) => link === "/docs" || link === "/openapi.json")]).toEqual([
    200,
    [],
  ]);
  expect(JSON.parse((await read(`${server.url}/v1`)).text)).not.toHaveProperty("openapi");
});

test("/docs/errors lists every code, and each row leads to its page", async () => {
  const { url } = shared();
  const { status, text } = await read(`${url}/docs/errors`);
  const codes = Object.keys(errorRegistry);
  expect([status, linksIn(text)]).toEqual([200, ["/", ...codes.map((code) => `/docs/errors/${code}`)]]);
});
