import { z } from "zod";

const earliestYear = 1900;
const latestYear = 9000;

/** A day in UTC, in years that every part of the system can store. */
const daySchema = z.iso
  .date({ abort: true })
  .refine((day) => {
    const year = Number(day.slice(0, 4));
    return year >= earliestYear && year <= latestYear;
  }, `Must be in the years ${earliestYear} to ${latestYear}`)
  .meta({ examples: ["2030-01-31"] });

/** The most days that one answer has: a leap year. */
export const maxDays = 366;

/** How many days an answer has if the caller names no first one. */
export const defaultDays = 30;

/** The input of `metrics.accounts`. */
export const accountMetricsInput = z
  .strictObject({
    from: daySchema
      .optional()
      .meta({ description: `The first day, in UTC. Default: as gives ${defaultDays} days. At most ${maxDays} days.` }),
    to: daySchema.optional().meta({ description: "The last day, in UTC. Default: today." }),
  })
  .prefault({});

const numberOf = (description: string) => z.int().min(0).meta({ description });

/** The numbers of a day. */
const accountDaySchema = z
  .object({
    date: z.iso.date().meta({ description: "The day, in UTC" }),
    signUps: numberOf(
      "Accounts that their owners registered. Imports and accounts that operators create do not count.",
    ),
    signIns: numberOf(
      "Sessions that users began, in any way, also by registering. Refreshes and impersonations do not count.",
    ),
    activeUsers: numberOf(
      "Distinct accounts whose users signed in, refreshed a session or made a successful call in one. Calls with API keys and impersonations do not count.",
    ),
  })
  .meta({ id: "AccountDay" });

/** The output of `metrics.accounts`. */
export const accountMetricsOutput = z.object({
  days: z.array(accountDaySchema).meta({ description: "Every day of the range, in its order" }),
});
