import { expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { authorize, operations, restTransport } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { inputFields } from "../support/input-fields.ts";
import { rest } from "../support/rest.ts";

/** Of what takes time by the square of its length, as much as no schema lets through. */
const harmlessUnits = 2048;

/** Marks that normalising has to put in order: 100 KB of them once took nine seconds, with the server standing still. */
const marks = "\u0301\u0316".repeat(15_000);
const languageTag = `en${"-abcdefgh".repeat(7_000)}`;

const { normalize } = String.prototype;
const { getCanonicalLocales } = Intl;

/** The lengths of all texts that are normalised; what is too long is not, so that a test fails before it is over. */
function watchCostlyWork() {
  const lengths: number[] = [];
  const isHarmless = (text: string) => {
    lengths.push(text.length);
    return text.length <= harmlessUnits;
  };
  String.prototype.normalize = function (this: string, form?: string) {
    return isHarmless(this) ? normalize.call(this, form) : this.toString();
  };
  Intl.getCanonicalLocales = (tag) => (isHarmless(String(tag)) ? getCanonicalLocales(tag) : []);
  const stop = () => {
    String.prototype.normalize = normalize;
    Intl.getCanonicalLocales = getCanonicalLocales;
  };
  return { lengths, [Symbol.dispose]: stop };
}

const fieldsInBodies = operations
  .filter(({ takesBody }) => takesBody)
  .flatMap((operation) => inputFields(operation).map((field) => ({ operation, field })));

test("a text beyond its length limit is refused before any work that takes quadratic time", async () => {
  await using server = await startGatehouse();
  const account = await registerWithRoles(server);
  using watched = watchCostlyWork();
  for (const { operation, field } of fieldsInBodies) {
    for (const text of [marks, `ada@${marks}`, languageTag]) {
      await restTransport.send(server.url, operation, field.holding(text), authorize(operation, account));
    }
  }
  expect(watched.lengths.filter((length) => length > harmlessUnits)).toEqual([]);
});

test("credentials of HTTP Basic have the same limit", async () => {
  await using server = await startGatehouse();
  using watched = watchCostlyWork();
  for (const credentials of [`ada:${marks.slice(0, 5000)}`, `${marks.slice(0, 5000)}@example.com:x`]) {
    const headers = { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
    expect((await rest(server.url, "/v1/auth/token", { method: "POST", headers })).status).toBe(400);
  }
  expect(watched.lengths.filter((length) => length > harmlessUnits)).toEqual([]);
});
