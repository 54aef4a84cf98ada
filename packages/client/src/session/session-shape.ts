import type { Session } from "../inference.ts";

/** The session that a procedure answered with, whichever it was: sign-ins have many forms. */
export function sessionIn(answer: unknown): Session | undefined {
  const session = isRecord(answer) ? answer["session"] : undefined;
  return isSession(session) ? session : undefined;
}

/** Whether the value has the tokens of a session; `auth.status` answers with a session that has none. */
export function isSession(value: unknown): value is Session {
  if (!isRecord(value)) return false;
  const { id, accessToken, accessTokenExpiresAt, refreshToken, refreshTokenExpiresAt } = value;
  return (
    [id, accessToken, refreshToken].every((text) => typeof text === "string") &&
    [accessTokenExpiresAt, refreshTokenExpiresAt].every(isDate)
  );
}

/** Whether the value's properties can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
