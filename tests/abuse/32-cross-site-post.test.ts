import { describe, expect, test } from "vitest";
import { type Operation, operations, transports } from "../support/calls.ts";
import { signInWithCookies } from "../support/cookies.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

/** What a page of any origin can send without asking first, by a form or `fetch` with `no-cors`. */
const simple: readonly [string, Readonly<Record<string, string>>, string][] = [
  ["a form", { "content-type": "application/x-www-form-urlencoded" }, "givenName=Eve&json=%7B%7D"],
  [
    "a multipart form",
    { "content-type": "multipart/form-data; boundary=x" },
    '--x\r\ncontent-disposition: form-data; name="givenName"\r\n\r\nEve\r\n--x--\r\n',
  ],
  ["a form of plain text that is JSON", { "content-type": "text/plain" }, '{"json":{"givenName":"Eve"},"x":"="}'],
  ["a text that says nothing of its type", { "content-type": "" }, '{"givenName":"Eve"}'],
  ["a beacon", { "content-type": "text/plain;charset=UTF-8" }, '{"json":{}}'],
  ["an empty form", { "content-type": "application/x-www-form-urlencoded" }, ""],
  ["no body", {}, ""],
];

const mutations = operations.filter(({ type }) => type === "mutation");

/** Where such a page may be. */
const pages: readonly [string, Readonly<Record<string, string>>][] = [
  ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["a subdomain", { origin: "http://evil.gatehouse.test", "sec-fetch-site": "same-site" }],
  ["a sandboxed frame", { origin: "null", "sec-fetch-site": "cross-site" }],
];

const shared = shareGatehouse({ environment: { JOBS: "off" } });

describe("row 32: a cross-site POST against a cookie session", () => {
  test.each(simple)("of %s reaches nothing, over REST and RPC", async (_what, headers, body) => {
    const server = shared();
    const { headers: own } = await signInWithCookies(server.url);
    const before = await readTables(server.database);
    const addresses = mutations.flatMap((operation) => [addressOf(operation), `/rpc/${operation.procedure}`]);
    for (const [where, page] of pages) {
      for (const address of addresses) {
        const response = await fetch(new URL(address, server.url), {
          method: "POST",
          headers: { ...own, ...page, ...headers },
          ...(body === "" ? {} : { body: Buffer.from(body) }),
        });
        const answer = await response.text();
        const isRefused = response.status >= 400 && response.status < 500 && /"code":"[A-Z_]+"/.test(answer);
        expect([where, address, isRefused, response.headers.getSetCookie()]).toEqual([where, address, true, []]);
      }
    }
    expect(await readTables(server.database)).toEqual(before);
  });

  test("of JSON, which a browser would ask about first, is refused as well", async () => {
    const server = shared();
    const { headers: own } = await signInWithCookies(server.url);
    const before = await readTables(server.database);
    for (const [where, page] of pages) {
      for (const operation of mutations.filter(({ meta }) => meta.security === "bearer")) {
        for (const transport of transports) {
          const input = Object.fromEntries(operation.pathParameters.map((name) => [name, "an-installation"]));
          const given = operation.takesInput ? input : undefined;
          const { code } = await transport.send(server.url, operation, given, { ...own, ...page });
          expect([where, operation.procedure, code]).toEqual([where, operation.procedure, "ORIGIN_NOT_ALLOWED"]);
        }
      }
    }
    expect(await readTables(server.database)).toEqual(before);
  });
});

function addressOf({ rest }: Operation): string {
  return rest.path.replaceAll(/[{}]/g, "");
}
