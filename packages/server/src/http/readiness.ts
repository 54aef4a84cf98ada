import type { Dependencies } from "../dependencies.ts";

/** For how long an answer of the database stands, in milliseconds. */
const freshMillis = 1000;

/**
 * Returns a function that tells whether the server can work, by `look`. It looks at most once a second, however many ask;
 * those who come while it looks wait for the same answer.
 */
export function createReadiness({ clock }: Pick<Dependencies, "clock">, look: () => Promise<boolean>) {
  let last: { readonly isReady: boolean; readonly atMillis: number } | undefined;
  let underWay: Promise<boolean> | undefined;
  const lookNow = async (): Promise<boolean> => {
    const atMillis = clock.now().getTime();
    try {
      const isReady = await look();
      last = { isReady, atMillis };
      return isReady;
    } catch {
      last = { isReady: false, atMillis };
      return false;
    } finally {
      underWay = undefined;
    }
  };
  return async (): Promise<boolean> => {
    const ageMillis = last === undefined ? freshMillis : clock.now().getTime() - last.atMillis;
    // A clock that was set back tells nothing about the age.
    if (last !== undefined && ageMillis >= 0 && ageMillis < freshMillis) return last.isReady;
    underWay ??= lookNow();
    return await underWay;
  };
}
