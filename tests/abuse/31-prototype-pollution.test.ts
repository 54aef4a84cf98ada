import { afterEach, describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { authorize, type Transport, transports } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { expectRefusal } from "../support/refusal.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { readTables } from "../support/table-contents.ts";

/** Documents whose keys reach for a prototype; `polluted` is looked for afterwards. */
const documents = [
  '{"__proto__":{"polluted":true}}',
  '{"__proto__":null}',
  '{"__proto__":"x"}',
  '{"\\u005f\\u005fproto\\u005f\\u005f":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '{"constructor":{"__proto__":{"polluted":true}}}',
  '{"device":{"__proto__":{"polluted":true}}}',
  '{"device":{"constructor":{"prototype":{"polluted":true}}}}',
  '[{"__proto__":{"polluted":true}}]',
  '{"email":{"__proto__":{"toString":"x"}}}',
];

/** What superjson writes beside the document can name paths too. */
const annotated = [
  '{"json":{"a":1},"meta":{"values":{"__proto__.polluted":["Date"]}}}',
  '{"json":{"a":1},"meta":{"values":{"constructor.prototype.polluted":["Date"]}}}',
  '{"json":{"a":1},"meta":{"referentialEqualities":{"a":["__proto__.polluted"]}}}',
  '{"json":{"a":1},"meta":{"referentialEqualities":[["__proto__.polluted"],{"a":["constructor.prototype.polluted"]}]}}',
  '{"json":{"a":1},"meta":{"__proto__":{"values":{"a":["Date"]}}}}',
  '{"__proto__":{"json":{"a":1}}}',
];

function bodiesFor({ name, wrap }: Transport): readonly string[] {
  return name === "REST" ? documents : [...documents.map(wrap), ...annotated];
}

// The server runs in this process, so what it pollutes is polluted here.
afterEach(() => {
  expect(Object.keys(Object.prototype)).toEqual([]);
  expect("polluted" in {}).toBe(false);
  expect("polluted" in Object).toBe(false);
});

describe("row 31: prototype pollution through inputs (CVE-2025-68130)", () => {
  describe.each(transports)("over $name", (transport) => {
    test("every procedure refuses keys that reach for a prototype, and writes nothing", async () => {
      await using server = await startGatehouse();
      const account = await registerWithRoles(server);
      const before = await readTables(server.database);
      for (const operation of transport.mutationsWithBody) {
        const headers = authorize(operation, account);
        for (const body of bodiesFor(transport)) {
          const answer = await transport.sendBody(server.url, operation, body, headers);
          expectRefusal(transport, answer);
          expect([operation.procedure, body, answer.status]).toEqual([operation.procedure, body, 400]);
        }
        expect(await readTables(server.database)).toEqual(before);
      }
    });
  });

  test("an input gets no field from a prototype that it brings", async () => {
    await using server = await startGatehouse();
    const { email: identifier, password } = await registerAccount(server.url);
    const inherited = `{"__proto__":${JSON.stringify({ identifier, password })}}`;
    for (const [path, body] of [
      ["/v1/auth/login", inherited],
      ["/rpc/auth.login", `{"json":${inherited}}`],
    ] as const) {
      const answer = await rest(server.url, path, { body });
      expect([path, answer.status]).toEqual([path, 400]);
    }
  });

  test("a query over RPC is refused like a body", async () => {
    await using server = await startGatehouse();
    const { accessToken: token } = await registerAccount(server.url);
    for (const body of bodiesFor(transports[1])) {
      const { status } = await rest(server.url, `/rpc/device.list?input=${encodeURIComponent(body)}`, { token });
      expect([body, status]).toEqual([body, 400]);
    }
  });

  test("a query string and headers of these names change nothing", async () => {
    await using server = await startGatehouse();
    const { accessToken: token } = await registerAccount(server.url);
    const headers = { __proto__: "polluted", constructor: "polluted", "x-polluted": "__proto__" };
    expect((await rest(server.url, "/v1/users/me", { token, headers })).status).toBe(200);
    for (const query of [
      "__proto__[polluted]=1",
      "__proto__.polluted=1",
      "constructor[prototype][polluted]=1",
      "__proto__=1",
    ]) {
      expect((await rest(server.url, `/v1/devices?${query}`, { token })).status).toBe(400);
    }
  });
});
