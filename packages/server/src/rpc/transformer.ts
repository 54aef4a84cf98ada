import { type TRPCCombinedDataTransformer, TRPCError } from "@trpc/server";
import superjson from "superjson";
import { UnreadableInputError } from "./input-bounds.ts";
import { deserialize } from "./superjson/deserialize.ts";
import { serialize } from "./superjson/serialize.ts";

/**
 * superjson, but inputs are read by our own {@link deserialize}, in time linear in their bytes (docs/decisions/027). An input
 * that cannot be read is the caller's mistake; tRPC by itself would report an internal error.
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
