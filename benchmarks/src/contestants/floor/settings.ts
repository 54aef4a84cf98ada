import type { HashingCost } from "../hashing-cost.ts";

/** What the floor, and the server by hand, are started with. */
export interface FloorSettings {
  readonly databaseUrl: string;
  readonly poolSize: number;
  readonly hashing: HashingCost;
}
