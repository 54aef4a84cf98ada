import { describe, expect, test } from "vitest";
import { z } from "zod";
import { registerWithRoles } from "../support/administrators.ts";
import { maxBodyBytesOf } from "../support/attacks.ts";
import {
  authorize,
  type Operation,
  restTransport,
  rpcTransport,
  type Transport,
  transports,
} from "../support/calls.ts";
import { expectRefusal, names } from "../support/refusal.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

/** As deep as a body has room for. */
const deep = 10_000;

const nestedArrays = "[".repeat(deep) + "]".repeat(deep);
const nestedObjects = `${'{"a":'.repeat(deep)}1${"}".repeat(deep)}`;
const keysOf = (count: number) =>
  JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, 1])));

/** Bodies that are not one well-formed JSON document, whatever they are to hold. */
const unreadable: readonly [string, (transport: Transport) => string | Uint8Array<ArrayBuffer>][] = [
  ["is not JSON", () => "email=ada@example.com"],
  ["is JavaScript but not JSON", () => "{email: 'ada'}"],
  ["was cut off", ({ wrap }) => wrap('{"email":"ada@exam').slice(0, 17)],
  ["holds two documents", ({ wrap }) => wrap("{}") + wrap("{}")],
  ["is a NUL", () => "\0"],
  ["has an unescaped control character", ({ wrap }) => wrap('{"email":"a\u0001"}')],
  ["is not UTF-8", ({ wrap }) => Buffer.from(wrap('{"email":"caf\u00e9"}'), "latin1")],
  ["holds the bytes of a lone surrogate", ({ wrap }) => Buffer.from(wrap('{"email":"\u00ed\u00a0\u0080"}'), "latin1")],
  ["is UTF-16", ({ wrap }) => Buffer.from(wrap('{"email":"ada@example.com"}'), "utf16le")],
  ["is gzip", () => Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0)],
  ["has a __proto__ key", ({ wrap }) => wrap('{"__proto__":{"isAdmin":true}}')],
  ["has a __proto__ key in escapes", ({ wrap }) => wrap('{"\\u005f_proto__":{"isAdmin":true}}')],
  ["has a __proto__ key further in", ({ wrap }) => wrap('{"device":{"name":{"__proto__":null}}}')],
  ["has a __proto__ key in an array", ({ wrap }) => wrap('[[{"__proto__":1}]]')],
  [`has ${deep} arrays in each other`, ({ wrap }) => wrap(nestedArrays)],
  [`has ${deep} objects in each other`, ({ wrap }) => wrap(nestedObjects)],
  [`has ${deep} arrays in a field`, ({ wrap }) => wrap(`{"password":${nestedArrays}}`)],
  ["has 65 arrays in each other", ({ wrap }) => wrap("[".repeat(65) + "]".repeat(65))],
  ["has an array of 30,000", ({ wrap }) => wrap(`{"email":[${"1,".repeat(30_000)}1]}`)],
  ["has more than 10,000 values", ({ wrap }) => wrap(`[${"1,".repeat(9_999)}1]`)],
  ["reaches for a constructor's prototype", ({ wrap }) => wrap('{"constructor":{"prototype":{"isAdmin":true}}}')],
];

/** Documents that no operation takes. */
const misshapen: readonly [string, string][] = [
  ["an array", "[]"],
  ["an array with an object", "[{}]"],
  ["a string", '"email"'],
  ["a number", "42"],
  ["true", "true"],
  ["null", "null"],
  ["64 arrays in each other", "[".repeat(64) + "]".repeat(64)],
  ["60 arrays in a field", `{"password":${"[".repeat(60)}${"]".repeat(60)}}`],
  ["an array of 9,000", `{"email":[${"1,".repeat(8_999)}1]}`],
  ["5,000 keys", keysOf(5_000)],
];

/** No mail is read here, so none need be sent. */
const shared = shareGatehouse({ environment: { JOBS: "off" } });

describe.each(transports)("over $name, every procedure", (transport) => {
  test("answers INVALID_BODY to a body that is not one readable JSON document", async () => {
    const scene = await openScene(transport);
    for (const operation of transport.mutationsWithBody) {
      for (const [what, body] of unreadable) {
        const answer = await scene.refuse(operation, body(transport));
        expect([operation.procedure, what, answer.code]).toEqual([operation.procedure, what, "INVALID_BODY"]);
      }
    }
    await scene.expectUnchanged();
  });

  test("answers INVALID_INPUT to a document that does not match its schema", async () => {
    const scene = await openScene(transport);
    for (const operation of transport.mutationsWithBody) {
      for (const [what, document] of misshapen) {
        const { code, errors } = await scene.refuse(operation, transport.wrap(document));
        expect([operation.procedure, what, code]).toEqual([operation.procedure, what, "INVALID_INPUT"]);
        expect(errors.length).toBeGreaterThan(0);
        expect(errors.length).toBeLessThanOrEqual(50);
      }
    }
    await scene.expectUnchanged();
  });

  test("answers 415 to another content type", async () => {
    const scene = await openScene(transport);
    const types = [
      "text/plain",
      "application/x-www-form-urlencoded",
      "multipart/form-data; boundary=x",
      "text/json",
      "x",
    ];
    for (const operation of transport.mutationsWithBody) {
      for (const type of types) {
        const { status, code } = await scene.refuse(operation, transport.wrap("{}"), { "content-type": type });
        expect([operation.procedure, type, status, code]).toEqual([
          operation.procedure,
          type,
          415,
          "UNSUPPORTED_MEDIA_TYPE",
        ]);
      }
    }
    await scene.expectUnchanged();
  });

  test("answers 413 to a body above the limit, and reads one just below it", async () => {
    const scene = await openScene(transport);
    const bodyOf = (bytes: number) => {
      const room = bytes - transport.wrap('{"password":""}').length;
      return transport.wrap(`{"password":"${"p".repeat(room)}"}`);
    };
    for (const operation of transport.mutationsWithBody) {
      const most = maxBodyBytesOf(operation);
      const fits = await scene.refuse(operation, bodyOf(most));
      expect([operation.procedure, fits.status, fits.code]).toEqual([operation.procedure, 400, "INVALID_INPUT"]);
      expect(names(fits, "password") || names(fits, "")).toBe(true);
      for (const bytes of [most + 1, 4 * most]) {
        const { status, code } = await scene.refuse(operation, bodyOf(bytes));
        expect([operation.procedure, status, code]).toEqual([operation.procedure, 413, "PAYLOAD_TOO_LARGE"]);
      }
    }
    await scene.expectUnchanged();
  });
});

describe("an empty body", () => {
  test("over REST, gets the names of the missing fields from every procedure that needs one", async () => {
    const scene = await openScene(restTransport);
    for (const operation of restTransport.mutationsWithBody.filter(({ takesBody }) => takesBody)) {
      const missing = missingFields(operation);
      if (missing.length === 0) continue;
      const { errors } = await scene.refuse(operation, "");
      expect([operation.procedure, errors.map(({ path }) => path)]).toEqual([operation.procedure, missing]);
    }
  });

  test("over RPC, is refused as no superjson", async () => {
    const scene = await openScene(rpcTransport);
    for (const operation of rpcTransport.mutationsWithBody)
      expect((await scene.refuse(operation, "")).code).toBe("INVALID_BODY");
  });
});

/** The fields that a body must bring. */
function missingFields({ fields, pathParameters }: Operation): readonly string[] {
  return Object.entries(fields)
    .filter(([name, schema]) => !pathParameters.includes(name) && !z.safeParse(schema, undefined).success)
    .map(([name]) => name);
}

/** Somebody who may call everything, and what the tables held before. */
async function openScene(transport: Transport) {
  const server = shared();
  const account = await registerWithRoles(server);
  const before = await readTables(server.database);
  return {
    async refuse(operation: Operation, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) {
      const answer = await transport.sendBody(server.url, operation, body, {
        ...authorize(operation, account),
        ...headers,
      });
      expectRefusal(transport, answer);
      return answer;
    },
    async expectUnchanged() {
      expect(await readTables(server.database)).toEqual(before);
    },
  };
}

const annotations: readonly [string, string][] = [
  ["of another class", '{"json":{"email":"x"},"meta":{"values":{"email":[["class","Date"]]}}}'],
  ["of another custom type", '{"json":{"email":"x"},"meta":{"values":{"email":[["custom","x"]]}}}'],
  ["for the prototype", '{"json":{"email":"x"},"meta":{"values":{"__proto__":["undefined"]}}}'],
  ["for a path into the prototype", '{"json":{"email":"x"},"meta":{"values":{"__proto__.email":["Date"]}}}'],
  ["for the constructor", '{"json":{"email":"x"},"meta":{"values":{"constructor.prototype.email":["Date"]}}}'],
  [
    "that makes the prototype equal",
    '{"json":{"email":"x"},"meta":{"referentialEqualities":{"email":["__proto__.a"]}}}',
  ],
  ["for what is not there", '{"json":{"email":"x"},"meta":{"values":{"nobody.home":["Date"]}}}'],
  ["of no form", '{"json":{"email":"x"},"meta":7}'],
  [`${deep} deep`, `{"json":{"email":"x"},"meta":{"values":${nestedArrays}}}`],
  [
    "that makes the input a circle",
    '{"json":{"device":{"a":1}},"meta":{"referentialEqualities":{"device":["device.a"]}}}',
  ],
  ["that makes a date of a text that is none", '{"json":{"email":"soon"},"meta":{"values":{"email":["Date"]}}}'],
  ["that makes a Set of an array", '{"json":{"email":[]},"meta":{"values":{"email":["set"]}}}'],
  ["that makes a regular expression of a text", '{"json":{"email":"/(a+)+$/"},"meta":{"values":{"email":["regexp"]}}}'],
];

test("harmful or meaningless superjson annotations are refused", async () => {
  const scene = await openScene(rpcTransport);
  for (const [what, body] of annotations) {
    for (const operation of rpcTransport.mutationsWithBody)
      expect([what, (await scene.refuse(operation, body)).code]).toEqual([what, "INVALID_BODY"]);
  }
  await scene.expectUnchanged();
});
