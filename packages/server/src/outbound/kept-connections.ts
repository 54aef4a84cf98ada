import type { Agent } from "node:http";

/** Milliseconds after which an unused connection is closed: sooner than servers usually close theirs. */
const idleMillis = 4000;

/**
 * Keeps connections for later requests to the same host and port. A kept connection leads to the address that was checked when it
 * was made.
 */
export class KeptConnections {
  readonly #maxPerHost: number;
  readonly #agents = new Map<string, Agent>();

  constructor(maxPerHost: number) {
    this.#maxPerHost = maxPerHost;
  }

  /** Returns what keeps the connections of a protocol, `https:` or `http:`. */
  async agentFor(protocol: string): Promise<Agent> {
    const known = this.#agents.get(protocol);
    if (known !== undefined) return known;
    // Loaded for the first request: a start does not need Node's HTTP client.
    const { Agent } = protocol === "https:" ? await import("node:https") : await import("node:http");
    const agent =
      this.#agents.get(protocol) ?? new Agent({ keepAlive: true, maxSockets: this.#maxPerHost, timeout: idleMillis });
    this.#agents.set(protocol, agent);
    return agent;
  }

  /** Closes all connections. */
  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}
