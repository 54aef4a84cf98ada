/** The kinds of things; each has a procedure and a REST address of its own. */
export const thingKinds = 60;

/** The input of a call: a path parameter and a query. */
export interface ThingQuery {
  readonly id: string;
  readonly limit: number;
  readonly order: "newest" | "oldest";
}

/** The procedure of a kind: `thing1` and on. */
export const thingProcedure = (kind: number) => `thing${kind}` as const;

/** The REST address of a kind, with the id as tRPC's libraries write it. */
export const thingPath = (kind: number) => `/v1/things-${kind}/{id}` as const;
