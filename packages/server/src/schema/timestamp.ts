import { z } from "zod";

/** A timestamp in a response: a `Date` over RPC, ISO 8601 in UTC over REST and in its OpenAPI document. */
export const timestampSchema = z.date().meta({ override: { type: "string", format: "date-time" } });
