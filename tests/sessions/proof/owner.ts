import { lifetimes } from "./lab.ts";
import type { Running, Tokens, World } from "./world.ts";

/**
 * A client that follows the protocol, in several tabs: it presents its newest token, tries again where an answer was lost,
 * and a tab that missed the newest may present the one before, as long as that is in its grace time.
 */
export class Owner {
  readonly #world: World;
  #newest: Tokens;
  #previous: { readonly tokens: Tokens; readonly replacedAt: Date } | undefined;
  #refreshes: Running[] = [];

  constructor(world: World, tokens: Tokens) {
    this.#world = world;
    this.#newest = tokens;
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
    if (this.#previous === undefined) return undefined;
    const { tokens, replacedAt } = this.#previous;
    const secondsSince = (this.#world.clock.now().getTime() - replacedAt.getTime()) / 1000;
    const isNewestUnused = this.#world.issued.every(({ counter }) => counter <= this.#newest.counter);
    const isNewestUnderWay = this.#refreshes.some(({ entry: { request } }) =>
      request.kind === "refresh" ? request.counter >= this.#newest.counter : false,
    );
    const wasLost = this.#refreshes.some(({ entry }) => entry.outcome === undefined);
    return secondsSince <= lifetimes.grace && isNewestUnused && !isNewestUnderWay && !wasLost ? tokens : undefined;
  }

  async refreshLate(instance: 0 | 1): Promise<void> {
    const tokens = this.lateTokens;
    if (tokens !== undefined) await this.#present(tokens, instance, true);
  }

  async #present(tokens: Tokens, instance: 0 | 1, isHeard: boolean): Promise<void> {
    const onTokens = isHeard ? { onTokens: (answer: Tokens) => this.#keep(answer) } : {};
    this.#refreshes.push(await this.#world.start({ kind: "refresh", role: "owner", instance, tokens, ...onTokens }));
  }

  #keep(tokens: Tokens): void {
    if (tokens.counter < this.#newest.counter) return;
    const replacedAt = this.#world.clock.now();
    if (tokens.counter > this.#newest.counter) this.#previous = { tokens: this.#newest, replacedAt };
    this.#newest = tokens;
  }
}
