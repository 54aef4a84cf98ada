import { isDeepStrictEqual } from "node:util";
import { type ThingQuery, thingKinds, thingProcedure } from "../../contestants/things/thing.ts";
import type { Call } from "../protocols/call.ts";
import { callOnce } from "../server.ts";
import type { ScriptWriter } from "./script.ts";

/** Asks for a thing of each kind in turn, by path and query. */
export const thing: ScriptWriter = async (server) => {
  const calls = Array.from({ length: thingKinds }, (_, index) => callOf(index + 1));
  for (const call of calls) {
    const output = await callOnce(server, call);
    if (!isDeepStrictEqual(output, call.input)) throw new Error(`${call.procedure} answered with another thing`);
  }
  return { repeat: calls };
};

function callOf(kind: number): Call {
  const input: ThingQuery = { id: `a-thing-${kind}`, limit: kind, order: "newest" };
  return { procedure: thingProcedure(kind), input };
}
