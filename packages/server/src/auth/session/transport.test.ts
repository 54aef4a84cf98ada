import { expect, test } from "vitest";
import { GatehouseError } from "../../errors.ts";
import type { SessionCookies } from "../../rpc/context.ts";
import { refreshWithTransport } from "./transport.ts";

/** Cookies of a browser that is signed in, and what was done to them. */
function cookiesOf(refreshToken: string) {
  const done: string[] = [];
  const writer = { set: () => void done.push("set"), clear: () => void done.push("cleared") };
  const cookies: SessionCookies = { read: () => refreshToken, open: () => writer, refuseForeignPage: () => undefined };
  return { cookies, done };
}

test.each([
  ["REFRESH_TOKEN_INVALID", new GatehouseError("REFRESH_TOKEN_INVALID"), ["cleared"]],
  ["REFRESH_TOKEN_REUSED", new GatehouseError("REFRESH_TOKEN_REUSED"), ["cleared"]],
  ["SERVICE_UNAVAILABLE", new GatehouseError("SERVICE_UNAVAILABLE"), []],
  ["TOO_MANY_REQUESTS", new GatehouseError("TOO_MANY_REQUESTS"), []],
  ["a bug", new TypeError("nobody foresaw it"), []],
])(
  "a refresh that fails with %s clears a useless cookie, and keeps one that may still work",
  async (_, error, expected) => {
    const { cookies, done } = cookiesOf("token");
    await expect(refreshWithTransport(cookies, undefined, () => Promise.reject(error))).rejects.toBe(error);
    expect(done).toEqual(expected);
  },
);
