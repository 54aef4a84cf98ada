import { expect, test } from "vitest";
import { z } from "zod";
import { toFieldErrors } from "./field-errors.ts";

test.each([
  [z.string().min(1), "", "Must be at least 1 character"],
  [z.string().min(2), "", "Must be at least 2 characters"],
  [z.string().max(1), "ab", "Must be at most 1 character"],
  [z.string().max(5), "abcdef", "Must be at most 5 characters"],
  [z.number().min(1), 0, "Must be at least 1"],
  [z.array(z.string()).max(1), ["a", "b"], "Must be at most 1"],
])("states the accepted range: %# %s", (schema, input, message) => {
  expect(toFieldErrors(schema.safeParse(input).error?.issues ?? [])).toEqual([{ path: "", message }]);
});
