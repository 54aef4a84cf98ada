import { expect } from "vitest";
import { errorRegistry } from "../../packages/server/src/errors.ts";
import type { Answer, Transport } from "./calls.ts";

/**
 * Texts that an answer must never contain: a stack, a file of the server, a statement, the name of a library. A line of a stack is
 * indented, unlike the words before an input that a refusal repeats.
 */
const leak = /\n +at \S|\\n +at \S|node_modules|\.ts:\d|\bselect .+ from\b|insert into|kysely|postgres|ZodError/i;

/** Expects a client error in the form of the protocol, without internals of the server. */
export function expectRefusal({ name }: Pick<Transport, "name">, answer: Answer): void {
  expect(answer.text).not.toMatch(leak);
  expect(answer.status).toBeGreaterThanOrEqual(400);
  expect(answer.status).toBeLessThan(500);
  expect(errorRegistry).toHaveProperty(String(answer.code));
  expect(answer.requestId).toBe(answer.headers.get("x-request-id"));
  const mediaType = answer.headers.get("content-type")?.split(";", 1)[0];
  expect(mediaType).toBe(name === "REST" ? "application/problem+json" : "application/json");
}

/** Whether one of an answer's errors is about this field or something inside it. */
export function names(answer: Answer, field: string): boolean {
  return answer.errors.some(({ path }) => path === field || path.startsWith(`${field}.`));
}
