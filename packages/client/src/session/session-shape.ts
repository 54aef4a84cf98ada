/** Whether the value's properties can be looked at. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** Whether it says when its tokens expire, as a session of either form does. */
export function hasMoments(value: Readonly<Record<string, unknown>>): boolean {
  return isMoment(value["accessTokenExpiresAt"]) && isMoment(value["refreshTokenExpiresAt"]);
}

/** Whether the value is a date that there is. */
export function isMoment(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
