import { setImmediate } from "node:timers/promises";
import { rest } from "../support/rest.ts";

/** How soon a revocation must be obeyed everywhere, in milliseconds. */
export const maxRevocationMillis = 1000;

interface Stream {
  /** The instance that is called. */
  readonly url: string;
  readonly token: string;
  /** Ends the session, on another instance. */
  readonly end: () => Promise<unknown>;
  /** When calls must be refused from, in milliseconds after {@link Stream.end} has returned. */
  readonly boundMillis: number;
}

/** What a stream of calls saw. */
interface Outcome {
  /** Calls that were sent after the bound and accepted, each as the milliseconds after the end. */
  readonly acceptedTooLate: readonly number[];
  /** What the calls after the bound were answered with. */
  readonly refusals: ReadonlySet<string>;
}

/** Calls that were refused, and nothing else. */
export const refusedInTime: Outcome = { acceptedTooLate: [], refusals: new Set(["401 ACCESS_TOKEN_INVALID"]) };

/** Calls sent after the bound, before the stream ends. */
const lateCalls = 5;

/**
 * Calls one instance without a pause while the session ends on another. A call counts by when it was sent, so that a slow
 * machine makes no difference: whatever it takes to be answered, it is judged after it was sent.
 */
export async function callThroughEnd({ url, token, end, boundMillis }: Stream): Promise<Outcome> {
  const calls: { readonly sentAt: number; readonly answer: string }[] = [];
  let endedAt = Number.POSITIVE_INFINITY;
  const ending = end().then(() => (endedAt = performance.now()));
  const isLate = ({ sentAt }: { readonly sentAt: number }) => sentAt > endedAt + boundMillis;
  while (calls.filter(isLate).length < lateCalls) {
    const sentAt = performance.now();
    const { status, body } = await rest(url, "/v1/users/me", { token });
    calls.push({ sentAt, answer: status === 200 ? "200" : `${status} ${body.code}` });
    await setImmediate();
    // An end that fails fails the test, rather than let it wait.
    if (endedAt === Number.POSITIVE_INFINITY) await Promise.race([ending, setImmediate()]);
  }
  const late = calls.filter(isLate);
  return {
    acceptedTooLate: late.filter(({ answer }) => answer === "200").map(({ sentAt }) => sentAt - endedAt),
    refusals: new Set(late.map(({ answer }) => answer).filter((answer) => answer !== "200")),
  };
}
