import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { endings } from "../revocation/endings.ts";
import { endAll, type Instances, startInstances } from "../revocation/instances.ts";
import { maxRevocationMillis, refusedInTime } from "../revocation/stream-of-calls.ts";
import { postgresUnreachable } from "../support/database.ts";

const names = Object.keys(endings);
const allRefused = Object.fromEntries(names.map((name) => [name, refusedInTime]));

describe.skipIf(postgresUnreachable)("row 5: a session that ended on one instance", () => {
  let instances: Instances;
  beforeAll(async () => {
    instances = await startInstances();
  });
  afterAll(async () => await instances?.[Symbol.asyncDispose]());

  test("is refused by every other instance a second later, however it ended", async () => {
    expect(await endAll(instances, names, () => maxRevocationMillis)).toEqual(allRefused);
  });

  test("is refused by every other instance a second later although the notification was lost", async () => {
    // From here on it writes down the change, and tells nobody.
    await instances.database.query(`create or replace function note_session_change() returns trigger language plpgsql as
      $$ begin new.changed_at := clock_timestamp(); return new; end $$`);
    expect(await endAll(instances, names, () => maxRevocationMillis)).toEqual(allRefused);
  });
});
