import { describe, expect, test } from "vitest";
import { z } from "zod";
import { registerWithRoles } from "../support/administrators.ts";
import { type Answer, authorize, type Operation, operations, type Transport, transports } from "../support/calls.ts";
import { type InputField, inputFields } from "../support/input-fields.ts";
import { expectRefusal, names } from "../support/refusal.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

/** The body that a call may have, in bytes. */
const maxBodyBytes = 64 * 1024;
/** What an address holds without being refused for its length alone. */
const longInAddress = 4000;

const hostileTexts = [
  "\0",
  "NUL\0inside",
  "\ud800",
  "lone\udc00surrogate",
  "\u202e\u0007",
  "x".repeat(longInAddress),
  "💥".repeat(500),
  "__proto__",
];
const otherTypes: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  "",
  [],
  ["x"],
  {},
  [[]],
  { toString: "x" },
];

/** The values that break the rule of the field, of those that can be sent in its place. */
function brokenValues({ name }: Transport, operation: Operation, { path, schema }: InputField): readonly unknown[] {
  const isInPath = operation.pathParameters.includes(path);
  const isInAddress = !operation.takesBody || isInPath;
  const huge = isInAddress ? [] : ["p".repeat(maxBodyBytes - 500)];
  const others = isInAddress && name === "REST" ? ["-1", "1.5", "x"] : otherTypes;
  const read = name === "REST" && isInAddress && !isInPath ? readFromQuery : (value: unknown) => value;
  return [...hostileTexts, ...huge, ...others].filter((value) => !z.safeParse(schema, read(value)).success);
}

/** What a server reads of a value in a query: no UTF-8 encodes a lone surrogate, so its percent signs are read as text. */
function readFromQuery(value: unknown): unknown {
  return typeof value === "string" ? value.replaceAll(/\p{Surrogate}/gu, "%ED%A0%80") : value;
}

/** What cannot stand in a path makes another address of it, so that no operation is found that could name the field. */
function isNoAddress({ name }: Transport, operation: Operation, field: InputField, value: unknown): boolean {
  const isInPath = name === "REST" && operation.pathParameters.includes(field.path);
  return isInPath && (value === "" || (typeof value === "string" && !value.isWellFormed()));
}

/** Over REST a field that travels in a header has the header's name. */
function namesHeader(
  { name }: Transport,
  { headers }: Operation,
  { field, answer }: { readonly field: InputField; readonly answer: Answer },
): boolean {
  const header = headers.get(field.path);
  return name === "REST" && header !== undefined && names(answer, header);
}

const withInput = operations.filter(({ takesInput }) => takesInput);

const everyField = withInput.flatMap((operation) => inputFields(operation).map((field) => ({ operation, field })));

/** No mail is read here, so none need be sent. */
const shared = shareGatehouse({ environment: { JOBS: "off" } });

describe.each(transports)("over $name, every procedure", (transport) => {
  test("refuses every value that breaks a field's rule, and names the field", async () => {
    const server = shared();
    const account = await registerWithRoles(server);
    const before = await readTables(server.database);
    const unnamed: string[] = [];
    for (const { operation, field } of everyField) {
      for (const value of brokenValues(transport, operation, field)) {
        const answer = await transport.send(server.url, operation, field.holding(value), authorize(operation, account));
        const what = `${operation.procedure} ${field.path} ${JSON.stringify(value).slice(0, 30)}`;
        expect([what, answer.status < 400]).toEqual([what, false]);
        expectRefusal(transport, answer);
        const isNamed = names(answer, field.path) || namesHeader(transport, operation, { field, answer });
        const isExpected = isNamed || isNoAddress(transport, operation, field, value);
        if (!isExpected) unnamed.push(`${what}: ${answer.text}`);
      }
    }
    expect(unnamed).toEqual([]);
    expect(await readTables(server.database)).toEqual(before);
  });

  test("refuses fields that it does not have, wherever they are", async () => {
    const server = shared();
    const account = await registerWithRoles(server);
    const before = await readTables(server.database);
    const unnamed: string[] = [];
    for (const { operation, input } of unknownFields()) {
      const answer = await transport.send(server.url, operation, input, authorize(operation, account));
      expectRefusal(transport, answer);
      const isAddressed = operation.pathParameters.length === 0 || transport.name === "RPC";
      const isNamed = answer.errors.some(({ message }) => message === "Unknown field");
      if (isAddressed && !isNamed) unnamed.push(`${operation.procedure} ${JSON.stringify(input)}: ${answer.text}`);
    }
    expect(unnamed).toEqual([]);
    expect(await readTables(server.database)).toEqual(before);
  });
});

/** What browsers write for a passkey, which may have members that the server does not know yet (WebAuthn, 5.1). */
const writtenByBrowsers = /^(credential|passkey)\./;

/** Inputs with a field too many, at the top and beside each field further in. */
function unknownFields() {
  return withInput.flatMap((operation) => {
    const parents = inputFields(operation).filter(({ path }) => path.includes(".") && !writtenByBrowsers.test(path));
    return ["extra", "constructor", "toString", "isAdmin", "Email", "a\0b", "\ud800"].flatMap((unknown) =>
      [{ [unknown]: 1 }, ...parents.map(({ path }) => nest(path, unknown))].map((input) => ({ operation, input })),
    );
  });
}

/** An unknown field beside the one at the path. */
function nest(path: string, unknown: string): Record<string, unknown> {
  const parents = path.split(".").slice(0, -1);
  return parents.reduceRight<Record<string, unknown>>((inner, name) => ({ [name]: inner }), { [unknown]: 1 });
}
