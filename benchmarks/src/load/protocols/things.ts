import { type ThingQuery, thingKinds, thingPath, thingProcedure } from "../../contestants/things/thing.ts";
import type { Protocol } from "./call.ts";

const paths = new Map<string, string>(
  Array.from({ length: thingKinds }, (_, index) => [thingProcedure(index + 1), thingPath(index + 1)]),
);

/** REST with a path parameter and a query. */
export const things: Protocol = {
  toRequest({ procedure, input }) {
    const { id, limit, order } = input as ThingQuery;
    const path = paths.get(procedure)?.replace("{id}", id);
    return { method: "GET", path: `${path}?limit=${limit}&order=${order}`, headers: {} };
  },
  toOutput: (body): unknown => JSON.parse(body),
};
