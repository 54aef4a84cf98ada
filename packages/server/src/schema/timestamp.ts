import { z } from "zod";

/** A timestamp in a response: a `Date` over RPC, ISO 8601 in UTC over REST and in its OpenAPI document. */
export const timestampSchema = z.date().meta({ override: { type: "string", format: "date-time" } });

const earliestYear = 1900;
const latestYear = 9000;

/** A moment in a request: ISO 8601 with its offset from UTC, in years that every part of the system can store. */
export const momentSchema = z.iso
  .datetime({ offset: true })
  .refine((value) => {
    const year = new Date(value).getUTCFullYear();
    return year >= earliestYear && year <= latestYear;
  }, `Must be in the years ${earliestYear} to ${latestYear}`)
  .meta({ examples: ["2030-01-31T12:00:00Z"] })
  .transform((value) => new Date(value));
