import { expect, test } from "vitest";
import { fakeSession } from "../testing/fake-session.ts";
import { cookieSession } from "./cookie-session.ts";
import { isAboutToExpire } from "./expiry.ts";
import { tokenSession } from "./token-session.ts";

const receivedAtMillis = Date.parse("2026-01-01T00:00:00Z");
const afterSeconds = (seconds: number) => receivedAtMillis + seconds * 1000;

test("a token of 15 minutes is about to expire in its last 30 seconds", () => {
  const stored = { session: fakeSession({ lifetimeSeconds: 900 }), receivedAtMillis };
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(869))).toBe(false);
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(870))).toBe(true);
});

test("a token of a minute is about to expire in its last quarter, not in its last half", () => {
  const stored = { session: fakeSession({ lifetimeSeconds: 60 }), receivedAtMillis };
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(44))).toBe(false);
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(45))).toBe(true);
});

test.each([
  ["a day behind", 86_400],
  ["a day ahead", -86_400],
])("a device whose clock is %s measures the lifetime correctly", (_, driftSeconds) => {
  const issuedAtSeconds = receivedAtMillis / 1000 + driftSeconds;
  const stored = { session: fakeSession({ issuedAtSeconds, lifetimeSeconds: 900 }), receivedAtMillis };
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(0))).toBe(false);
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(880))).toBe(true);
});

test("a token in a cookie is about to expire at the same time, whatever the clock of the device", () => {
  const issuedAt = new Date(0);
  const accessTokenExpiresAt = new Date(900_000);
  const session = { id: "session-1", issuedAt, accessTokenExpiresAt, refreshTokenExpiresAt: accessTokenExpiresAt };
  const stored = { session, receivedAtMillis };
  expect(isAboutToExpire(cookieSession, stored, afterSeconds(869))).toBe(false);
  expect(isAboutToExpire(cookieSession, stored, afterSeconds(870))).toBe(true);
});

test("a clock that was set back does not make a new token look old", () => {
  const stored = { session: fakeSession(), receivedAtMillis };
  expect(isAboutToExpire(tokenSession, stored, afterSeconds(-3600))).toBe(false);
});

test.each(["opaque", "a.b.c", "", "e30.bnVsbA.", "e30.eyJpYXQiOiJ4In0."])(
  "a token whose lifetime cannot be read (%j) is used until the server refuses it",
  (accessToken) => {
    const stored = { session: { ...fakeSession(), accessToken }, receivedAtMillis };
    expect(isAboutToExpire(tokenSession, stored, afterSeconds(1e9))).toBe(false);
  },
);
