import { TRPCClientError } from "@trpc/client";
import { expect, test } from "vitest";
import { isFinal, reconnectDelayMillis } from "./reconnection.ts";

/** An error as the server sends it. */
function refusal(code: string, httpStatus: number, retryAfterSeconds?: number): Error {
  const data = { code, httpStatus, errors: [], requestId: "request-1", retryAfterSeconds };
  return TRPCClientError.from({ error: { message: code, code: -32_000, data } });
}

test.each([
  ["ACCESS_TOKEN_INVALID", 401],
  ["REFRESH_TOKEN_INVALID", 401],
  ["INVALID_INPUT", 400],
  ["NOT_FOUND", 404],
])("after %s the client does not reconnect", (code, status) => {
  expect(isFinal(refusal(code, status))).toBe(true);
});

test.each([
  ["an old ticket", refusal("SUBSCRIPTION_TICKET_INVALID", 401)],
  ["one connection too many", refusal("TOO_MANY_SUBSCRIPTIONS", 429)],
  ["a server that stops", refusal("SERVICE_UNAVAILABLE", 503)],
  ["a lost connection", new TypeError("fetch failed")],
])("after %s another connection is tried", (_, error) => {
  expect(isFinal(error)).toBe(false);
});

test("waits are random, double up to a minute, and are never shorter than the server asks", () => {
  const waits = (failures: number, error: unknown) =>
    Array.from({ length: 500 }, () => reconnectDelayMillis(failures, error));
  const error = new Error("gone");
  expect(Math.max(...waits(0, error))).toBeLessThanOrEqual(2000);
  expect(Math.max(...waits(1, error))).toBeGreaterThan(2000);
  expect(Math.max(...waits(50, error))).toBeLessThanOrEqual(60_000);
  expect(Math.min(...waits(0, error))).toBeLessThan(1000);
  expect(new Set(waits(0, error)).size).toBeGreaterThan(100);
  expect(Math.min(...waits(0, refusal("TOO_MANY_SUBSCRIPTIONS", 429, 30)))).toBeGreaterThanOrEqual(30_000);
});
