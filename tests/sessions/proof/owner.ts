import { addSeconds } from "../../../packages/server/src/clock.ts";
import { attemptOf, type Habit } from "./attempts.ts";
import { lifetimes } from "./family-model.ts";
import type { Running, Tokens, World } from "./world.ts";

/**
 * A client that follows the protocol, in several tabs: it presents its newest token, tries again where an answer was lost,
 * and the request of a tab that missed the newest may come late with the one before; without a common attempt key, within the
 * grace time after that was first presented.
 */
export class Owner {
  readonly #world: World;
  #newest: Tokens;
  readonly #habit: Habit;
  #previous: Tokens | undefined;
  #refreshes: Running[] = [];

  constructor(world: World, tokens: Tokens, habit: Habit) {
    this.#world = world;
    this.#newest = tokens;
    this.#habit = habit;
  }

  /** What it keeps. */
  get tokens(): Tokens {
    return this.#newest;
  }

  async refresh(instance: 0 | 1, isHeard: boolean): Promise<void> {
    await this.#present(this.#newest, instance, isHeard);
  }

  /** What a tab holds that missed the newest tokens, if it may still present that. */
  get lateTokens(): Tokens | undefined {
    const tokens = this.#previous;
    if (tokens === undefined || (this.#habit !== "one key for each token" && !this.#isInGrace(tokens)))
      return undefined;
    const isNewestUnused = this.#world.issued.every(({ counter }) => counter <= this.#newest.counter);
    const isNewestUnderWay = this.#refreshes.some(({ entry: { request } }) =>
      request.kind === "refresh" ? request.counter >= this.#newest.counter : false,
    );
    const wasLost = this.#refreshes.some(({ entry }) => entry.outcome === undefined);
    return isNewestUnused && !isNewestUnderWay && !wasLost ? tokens : undefined;
  }

  async refreshLate(instance: 0 | 1): Promise<void> {
    const tokens = this.lateTokens;
    if (tokens !== undefined) await this.#present(tokens, instance, true);
  }

  #isInGrace({ counter }: Tokens): boolean {
    const first = this.#refreshes.find(({ entry: { request } }) => "counter" in request && request.counter === counter);
    const [presentedAt = new Date(0)] = first?.entry.moments ?? [];
    return this.#world.clock.now() <= addSeconds(presentedAt, lifetimes.grace);
  }

  async #present(tokens: Tokens, instance: 0 | 1, isHeard: boolean): Promise<void> {
    const onTokens = isHeard ? { onTokens: (answer: Tokens) => this.#keep(answer) } : {};
    const attempt = attemptOf(this.#habit, tokens, this.#world);
    const asked = { kind: "refresh", role: "owner", instance, tokens, attempt, ...onTokens } as const;
    this.#refreshes.push(await this.#world.start(asked));
  }

  #keep(tokens: Tokens): void {
    if (tokens.counter > this.#newest.counter) this.#previous = this.#newest;
    if (tokens.counter >= this.#newest.counter) this.#newest = tokens;
  }
}
