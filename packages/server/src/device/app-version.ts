/** A version that can be compared: up to eight numbers of up to 18 digits, with dots between them. PostgreSQL reads it too. */
export const comparableVersion = /^[0-9]{1,18}(?:\.[0-9]{1,18}){0,7}$/;

/**
 * Returns the numbers of a version of an app, without zeros at its end, so that 2.3 is 2.3.0; `undefined` for a version that is
 * no numbers, such as `2.3-beta`. The first number that differs decides, and of two of different lengths the longer is the
 * later. `versionNumbers` of search-store.ts does the same in SQL.
 */
export function appVersionNumbers(version: string): readonly string[] | undefined {
  if (!comparableVersion.test(version)) return undefined;
  const numbers = version.split(".").map((digits) => BigInt(digits).toString());
  const last = numbers.findLastIndex((number) => number !== "0");
  return numbers.slice(0, Math.max(last, 0) + 1);
}
