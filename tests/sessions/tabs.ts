import { expect } from "vitest";
import { type Account, type RestResponse, rest } from "../support/rest.ts";

/** What a tab does at the same time as others, and on which of two processes. */
export interface Step {
  readonly does: "refresh" | "refresh, and its answer is lost" | "call";
  readonly on: 0 | 1;
}

/** Steps that are taken at once; it ends when all are answered. */
export interface Moment {
  /** The tabs that refresh missed the newest token; only together, since another rotation would make it a reuse. */
  readonly isBehind: boolean;
  readonly steps: readonly Step[];
}

/** The tokens that a sign-in or a refresh answered with. */
export type Tokens = Pick<Account, "accessToken" | "refreshToken">;

/** Presents a refresh token with the attempt key that all tabs find in their storage for it. */
export function refresh(url: string, { refreshToken }: Tokens): Promise<RestResponse> {
  const [sessionId, counter] = refreshToken.split(".");
  const headers = { "idempotency-key": `${sessionId}-${counter}` };
  return rest(url, "/v1/auth/refresh", { body: { refreshToken }, headers });
}

/** Makes a call. */
export const call = (url: string, { accessToken: token }: Tokens) => rest(url, "/v1/users/me", { token });

/** A session as the tabs of its owner know it, who follow the protocol. */
export class Tabs {
  readonly #urls: readonly [string, string];
  readonly #issued = new Map<number, Tokens>();
  #newest = 0;
  /** Whether the newest token may have been replaced by an answer that nobody got: then it is presented again. */
  #isUncertain = false;

  constructor(urls: readonly [string, string], first: Tokens) {
    this.#urls = urls;
    this.#issued.set(0, first);
  }

  get newest(): Tokens {
    return this.at(this.#newest);
  }

  /** Everything that was issued, also what no tab got. */
  get issued(): readonly Tokens[] {
    return [...this.#issued.values()];
  }

  at(counter: number): Tokens {
    const tokens = this.#issued.get(counter);
    if (tokens === undefined) throw new Error(`No token of counter ${counter} was issued`);
    return tokens;
  }

  /** Takes the steps; expects that none is refused, and that the token has one successor. */
  async live({ isBehind, steps }: Moment): Promise<void> {
    const counter = isBehind && !this.#isUncertain ? Math.max(0, this.#newest - 1) : this.#newest;
    const answers = await Promise.all(steps.map((step) => this.#take(step, counter)));
    for (const { step, answer } of answers) {
      expect([step.does, answer.status, answer.body.code]).toEqual([step.does, 200, undefined]);
      if (step.does !== "call") this.expectSuccessor(answer, counter);
    }
    if (counter < this.#newest) return;
    const did = new Set(steps.map(({ does }) => does));
    if (did.has("refresh")) this.#newest += 1;
    this.#isUncertain = !did.has("refresh") && (this.#isUncertain || did.has("refresh, and its answer is lost"));
  }

  /** Expects an answer to hold the one successor, by default of the newest token. */
  expectSuccessor({ body }: RestResponse, counter = this.#newest): void {
    if (!this.#issued.has(counter + 1)) this.#issued.set(counter + 1, body.session);
    expect(body.session.refreshToken).toBe(this.at(counter + 1).refreshToken);
  }

  async #take(step: Step, counter: number): Promise<{ step: Step; answer: RestResponse }> {
    const url = this.#urls[step.on];
    return { step, answer: await (step.does === "call" ? call(url, this.newest) : refresh(url, this.at(counter))) };
  }
}
