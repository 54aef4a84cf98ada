import { expect, test } from "vitest";
import { fakeSession } from "../testing/fake-session.ts";
import { cookieSession } from "./cookie-session.ts";
import { formatStoredSession, parseStoredSession } from "./stored-session.ts";
import { tokenSession } from "./token-session.ts";

const stored = { session: fakeSession(), receivedAtMillis: 1_767_225_600_000 };

test("a session is read back as it was stored", () => {
  expect(parseStoredSession(formatStoredSession(stored), tokenSession)).toEqual(stored);
});

test("the attempt key is read back with the session, and ignored when it is not text", () => {
  const attempted = { ...stored, attemptKey: "8e03978e40d543e8bc936894a57f9324" };
  expect(parseStoredSession(formatStoredSession(attempted), tokenSession)).toEqual(attempted);
  expect(parseStoredSession(JSON.stringify({ ...stored, attemptKey: 1 }), tokenSession)).toEqual(stored);
});

test.each([
  ["nothing", null],
  ["no text", ""],
  ["no JSON", "{"],
  ["null", "null"],
  ["a number", "42"],
  ["a list", "[]"],
  ["no session", JSON.stringify({ receivedAtMillis: 0 })],
  ["a session that is none", JSON.stringify({ ...stored, session: "session" })],
  ["no time of receipt", JSON.stringify({ session: stored.session })],
  ["a token that is no text", JSON.stringify({ ...stored, session: { ...stored.session, refreshToken: 1 } })],
  ["a date that is none", JSON.stringify({ ...stored, session: { ...stored.session, accessTokenExpiresAt: "soon" } })],
])("%s counts as signed out", (_, text) => {
  expect(parseStoredSession(text, tokenSession)).toBeNull();
});

test("a session of the other transport counts as signed out", () => {
  const at = new Date(0);
  const session = { id: "session-1", issuedAt: at, accessTokenExpiresAt: at, refreshTokenExpiresAt: at };
  const inCookies = { ...stored, session };
  expect(parseStoredSession(formatStoredSession(inCookies), cookieSession)).toEqual(inCookies);
  expect(parseStoredSession(formatStoredSession(inCookies), tokenSession)).toBeNull();
  expect(parseStoredSession(formatStoredSession(stored), cookieSession)).toBeNull();
});
