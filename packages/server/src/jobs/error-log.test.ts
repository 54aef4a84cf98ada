import { pino } from "pino";
import { expect, test } from "vitest";
import { createErrorLog } from "./error-log.ts";

/** An error as the library passes it on: an object that is not an `Error`. */
const refused = { code: "ECONNREFUSED", message: "connect ECONNREFUSED", queue: "send-mail" };

test("an outage of the database is logged once until it ends, and other failures each time", () => {
  const lines: string[] = [];
  let now = 0;
  const logError = createErrorLog({
    log: pino({}, { write: (line) => lines.push(line) }),
    monotonicMillis: () => now,
  });
  for (now = 0; now < 60_000; now += 1000) logError({ ...refused, queue: `queue-${now % 3}` });
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("the database cannot be reached");
  logError({ message: 'relation "job" does not exist', code: "42P01" });
  logError(new Error("something else"));
  expect(lines).toHaveLength(3);
  now += 10_000;
  logError(refused);
  expect(lines).toHaveLength(4);
});
