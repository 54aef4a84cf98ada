import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import {
  type Answer,
  authorize,
  type Operation,
  operations,
  rpcTransport,
  type Transport,
  transports,
} from "../support/calls.ts";
import { postgresUnreachable } from "../support/database.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { almostValidInput, validInput } from "../support/input-arbitrary.ts";
import { expectRefusal } from "../support/refusal.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { openTableReader, type TableReader } from "../support/table-contents.ts";

const runs = 20;

/** Inputs from the schema, near it and far from it. */
function anyInput(operation: Operation): fc.Arbitrary<unknown> {
  return fc.oneof(validInput(operation), almostValidInput(operation), fc.jsonValue());
}

type Call = (headers: Record<string, string>) => Promise<Answer>;

/** Expects of each call what is true of every call: it succeeds, or it is refused and nothing was written. */
async function openJudge(server: TestGatehouse, operation: Operation, tables: TableReader) {
  const read = async () => JSON.stringify(await tables.read(), undefined, 2);
  // Somebody who may make the call, since others are refused before their input is read.
  const register = () => registerWithRoles(server, operation.meta.permission === undefined ? [] : ["admin"]);
  let account = await register();
  let contents = await read();
  return async (transport: Pick<Transport, "name">, call: Call) => {
    const answer = await call(authorize(operation, account));
    if (answer.status >= 400) {
      expectRefusal(transport, answer);
      expect(await read()).toBe(contents);
      return;
    }
    // It may have ended the session.
    if (operation.type === "mutation") account = await register();
    contents = await read();
  };
}

describe.skipIf(postgresUnreachable)("row 35: every procedure, fuzzed from its schema and against it", () => {
  // No mail is read here, so none need be sent.
  const server = shareGatehouse({ environment: { JOBS: "off" } });
  let tables: TableReader;
  beforeAll(async () => {
    tables = await openTableReader(server().database);
  });
  afterAll(async () => await tables[Symbol.asyncDispose]());

  describe.each(operations)("$procedure", (operation) => {
    // The tables are compared after each call, so what other procedures left is cleared away.
    beforeAll(async () => void (await server().database?.query(`truncate "user" cascade`)));

    test.each(transports)(
      "over $name never fails the server, and writes nothing when it refuses",
      async (transport) => {
        const judge = await openJudge(server(), operation, tables);
        const property = fc.asyncProperty(anyInput(operation), (input) =>
          judge(transport, (headers) => transport.send(server().url, operation, input, headers)),
        );
        await fc.assert(property, { numRuns: runs });
      },
    );

    test.runIf(operation.type === "mutation")(
      "never fails the server for superjson annotations, and writes nothing when it refuses",
      async () => {
        const judge = await openJudge(server(), operation, tables);
        const property = fc.asyncProperty(anyInput(operation), anyMeta(operation), (json, meta) => {
          const body = JSON.stringify({ json, meta });
          return judge(rpcTransport, (headers) => rpcTransport.sendBody(server().url, operation, body, headers));
        });
        await fc.assert(property, { numRuns: runs });
      },
    );

    test.runIf(operation.meta.security === "bearer" || operation.meta.security === "basic")(
      "lets nobody in with an invented Authorization header",
      async () => {
        const judge = await openJudge(server(), operation, tables);
        const property = fc.asyncProperty(anyAuthorization, async (authorization) => {
          for (const transport of transports) {
            await judge(transport, async () => {
              const answer = await transport.send(server().url, operation, undefined, { authorization });
              expect(answer.status).toBeGreaterThanOrEqual(400);
              return answer;
            });
          }
        });
        await fc.assert(property, { numRuns: runs });
      },
    );
  });
});

function anyMeta(operation: Operation): fc.Arbitrary<unknown> {
  const types = ["undefined", "Date", "bigint", "set", "map", "Error", "URL", "number", "regexp"];
  const annotation = fc.oneof(fc.constantFrom(...types), fc.jsonValue());
  const path = fc.oneof(fc.constantFrom(...Object.keys(operation.fields), "__proto__", "a.b"), fc.string());
  return fc.oneof(
    fc.record({ values: fc.dictionary(path, fc.array(annotation, { maxLength: 3 })) }),
    fc.record({ referentialEqualities: fc.dictionary(path, fc.array(path, { maxLength: 3 })) }),
    fc.jsonValue(),
  );
}

const printable = fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)) });

const anyAuthorization = fc.oneof(
  printable,
  printable.map((text) => `Bearer ${text}`),
  printable.map((text) => `Basic ${text}`),
  printable.map((text) => `Basic ${btoa(text)}`),
);
