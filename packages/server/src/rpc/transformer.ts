import { type TRPCCombinedDataTransformer, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { UnreadableInputError } from "./input-bounds.ts";
import { deserialize } from "./superjson/deserialize.ts";
import { serialize } from "./superjson/serialize.ts";

/**
 * superjson on the wire. Inputs are read by us, in time that grows with their bytes alone (docs/decisions/027). What cannot
 * be read is the caller's mistake, of which tRPC by itself would make an internal error.
 */
export const transformer: TRPCCombinedDataTransformer = {
  input: {
    serialize: superjson.serialize,
    deserialize(value) {
      try {
        return deserialize(value);
      } catch (cause) {
        if (!(cause instanceof UnreadableInputError)) throw cause;
        throw new TRPCError({ code: "PARSE_ERROR", message: cause.message, cause });
      }
    },
  },
  output: { serialize, deserialize: superjson.deserialize },
};
