import { z } from "zod";

/** A moment in an answer: a `Date` over RPC, ISO 8601 in UTC over REST and in its document. */
export const timestampSchema = z.date().meta({ override: { type: "string", format: "date-time" } });
