type Fetch = typeof globalThis.fetch;

/** The network between a client and the server, watched. */
export interface Network {
  /** Give it to `createClient`. */
  readonly fetch: Fetch;
  /** What was called, a list for each request, in the order in which they were sent. */
  readonly requests: readonly (readonly string[])[];
  /** How many requests called the procedure. */
  count(procedure: string): number;
  /** Loses the next answer to the procedure, after the server has done its work. */
  loseAnswer(procedure: string): void;
}

/** A network that works, until a test says otherwise. */
export function createNetwork(): Network {
  const requests: string[][] = [];
  const lost = new Set<string>();
  return {
    requests,
    count: (procedure) => requests.filter((procedures) => procedures.includes(procedure)).length,
    loseAnswer: (procedure) => void lost.add(procedure),
    async fetch(input, init) {
      const request = new Request(input, init);
      const procedures = new URL(request.url).pathname.replace("/rpc/", "").split(",");
      requests.push(procedures);
      const response = await fetch(request);
      if (!procedures.some((procedure) => lost.delete(procedure))) return response;
      await response.arrayBuffer();
      throw new TypeError("fetch failed");
    },
  };
}
