import { type TRPCCombinedDataTransformer, TRPCError } from "@trpc/server";
import { scan } from "secure-json-parse";
import superjson from "superjson";
import { serialize } from "./superjson/serialize.ts";

/**
 * superjson on the wire. What it cannot read is the caller's mistake, of which tRPC by itself would make an internal
 * error. Keys that reach for prototypes are refused: superjson would make them the prototypes of the input.
 */
export const transformer: TRPCCombinedDataTransformer = {
  input: {
    serialize: superjson.serialize,
    deserialize(value) {
      try {
        if (!isEnvelope(value)) throw new TypeError("superjson is an object");
        return superjson.deserialize(scan(value, { protoAction: "error", constructorAction: "error" }));
      } catch (cause) {
        throw new TRPCError({ code: "PARSE_ERROR", message: "The input is not superjson", cause });
      }
    },
  },
  output: { serialize, deserialize: superjson.deserialize },
};

/** superjson itself would read anything else as no input at all. */
function isEnvelope(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
