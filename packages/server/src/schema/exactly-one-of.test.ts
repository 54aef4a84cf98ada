import { expect, test } from "vitest";
import { z } from "zod";
import { exactlyOneOf } from "./exactly-one-of.ts";
import { toFieldErrors } from "./field-errors.ts";

const proof = exactlyOneOf({ password: z.string().max(5), code: z.string() });

const errorsOf = (input: unknown) => toFieldErrors(proof.safeParse(input).error?.issues ?? []);

test("accepts each of the fields alone", () => {
  expect(proof.parse({ password: "x" })).toEqual({ password: "x" });
  expect(proof.parse({ code: "1" })).toEqual({ code: "1" });
  expect(proof.parse({ code: "1", password: undefined })).toMatchObject({ code: "1" });
});

test.each([{}, { password: "x", code: "1" }, { password: undefined }])(
  "refuses %o and names the accepted fields",
  (input) => {
    expect(errorsOf(input)).toEqual([{ path: "", message: "Send exactly one of: password, code" }]);
  },
);

test("reports a wrong field at its path", () => {
  expect(errorsOf({ password: "too long" })).toEqual([{ path: "password", message: "Must be at most 5 characters" }]);
  expect(errorsOf({ code: "1", other: 1 })).toEqual([{ path: "other", message: "Unknown field" }]);
});
