import { describe, expect, test } from "vitest";
import { type Operation, operations, restTransport, rpcTransport } from "../support/calls.ts";
import { signInWithCookies } from "../support/cookies.ts";
import { startGatehouse } from "../support/gatehouse.ts";
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

describe.each([
  ["another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
  ["a subdomain", { origin: "http://evil.gatehouse.test", "sec-fetch-site": "same-site" }],
  ["a sandboxed frame", { origin: "null", "sec-fetch-site": "cross-site" }],
])("row 32: a POST of %s against a cookie session", (_from, page) => {
  test.each(simple)("%s reaches nothing, over REST and RPC", async (_what, headers, body) => {
    await using server = await startGatehouse();
    const { headers: own } = await signInWithCookies(server.url);
    const before = await readTables(server.database);
    for (const operation of mutations) {
      for (const address of [addressOf(operation), `/rpc/${operation.procedure}`]) {
        const response = await fetch(new URL(address, server.url), {
          method: "POST",
          headers: { ...own, ...page, ...headers },
          ...(body === "" ? {} : { body: Buffer.from(body) }),
        });
        const text = await response.text();
        expect([address, response.status >= 400 && response.status < 500]).toEqual([address, true]);
        expect(text).toMatch(/"code":"[A-Z_]+"/);
        expect([address, response.headers.getSetCookie()]).toEqual([address, []]);
      }
    }
    expect(await readTables(server.database)).toEqual(before);
  });

  test("JSON, which a browser would ask about first, is refused all the same where it needs the cookies", async () => {
    await using server = await startGatehouse();
    const { headers: own } = await signInWithCookies(server.url);
    const before = await readTables(server.database);
    for (const operation of mutations.filter(({ meta }) => meta.security === "bearer")) {
      for (const transport of [restTransport, rpcTransport]) {
        const input = operation.takesInput
          ? Object.fromEntries(operation.pathParameters.map((name) => [name, "an-installation"]))
          : undefined;
        const answer = await transport.send(server.url, operation, input, { ...own, ...page });
        expect([operation.procedure, answer.code]).toEqual([operation.procedure, "ORIGIN_NOT_ALLOWED"]);
      }
    }
    expect(await readTables(server.database)).toEqual(before);
  });
});

function addressOf({ rest }: Operation): string {
  return rest.path.replaceAll(/[{}]/g, "");
}
