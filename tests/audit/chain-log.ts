import { randomBytes } from "node:crypto";
import { runSql } from "@gatehouse/server/database";
import { pino } from "pino";
import { expect, vi } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { makeCheckpoint } from "../../packages/server/src/audit/chain/checkpoint.ts";
import type { Finding } from "../../packages/server/src/audit/chain/finding.ts";
import { linkEvents } from "../../packages/server/src/audit/chain/link-events.ts";
import { verifyLog } from "../../packages/server/src/audit/chain/verify.ts";
import { recordEvent } from "../../packages/server/src/audit/record.ts";
import { addSeconds } from "../../packages/server/src/clock.ts";
import { KeyRing } from "../../packages/server/src/crypto/key-ring.ts";
import { systemRandom } from "../../packages/server/src/crypto/random.ts";
import { inTransaction } from "../../packages/server/src/database/connection.ts";
import type { drivers } from "../database/drivers.ts";
import { openMigrated } from "../jobs/migrated.ts";
import { patience } from "../support/patience.ts";
import { TestClock } from "../support/test-clock.ts";

const daySeconds = 86_400;

/** An event as the tests name it. */
interface WrittenEvent {
  readonly id: string;
  readonly publicId: string;
  readonly account: string;
}

/** A log without a server, in which tests write, link, tamper and verify. */
export type ChainLog = Awaited<ReturnType<typeof openChainLog>>;

/** Opens a log on a database of its own. */
export async function openChainLog(driver: (typeof drivers)[number]) {
  const opened = await openMigrated(driver);
  const { db } = opened;
  const clock = new TestClock();
  const keyRing = new KeyRing([{ version: 1, secret: randomBytes(32) }], systemRandom);
  const logged: string[] = [];
  const log = pino({ level: "info" }, { write: (line) => void logged.push(line) });
  const call = { ...systemCall, ip: "203.0.113.7", userAgent: "agent", requestId: "request" };
  const deps = { db, clock, keyRing, random: systemRandom, log, call, config: { auditRetentionDays: 400 } };

  /** Writes events on the given days of the month, each in a transaction of its own. */
  async function write(month: string, days: readonly number[]): Promise<readonly WrittenEvent[]> {
    for (const day of days) {
      const at = addSeconds(new Date(month), day * daySeconds);
      const account = crypto.randomUUID();
      await inTransaction(db, (trx) =>
        recordEvent({ clock: new TestClock(at), call }, trx, {
          action: "user.updated",
          kind: "user",
          targetId: account,
          changes: { givenName: { from: null, to: "Ada" } },
        }),
      );
    }
    return await eventsOf(month);
  }

  async function eventsOf(month: string): Promise<readonly WrittenEvent[]> {
    const { rows } = await runSql(
      db,
      `select id, public_id, account_id from audit_event where date_trunc('month', at at time zone 'UTC') = '${month}'
        order by transaction_id, id`,
    );
    return rows.map((row) => ({
      id: String(row["id"]),
      publicId: String(row["public_id"]),
      account: String(row["account_id"]),
    }));
  }

  /** Runs SQL as somebody who disabled the triggers. */
  async function tamper(...statements: readonly string[]): Promise<void> {
    await inTransaction(db, async (trx) => {
      await runSql(trx, "set local session_replication_role = replica");
      for (const statement of statements) await runSql(trx, statement);
    });
  }

  /** Links until so many events are linked: transactions of other tests' databases in the cluster may hold them back. */
  async function link(count: number): Promise<void> {
    let linked = 0;
    await vi.waitFor(async () => {
      linked += await linkEvents(deps);
      expect(linked).toBeGreaterThanOrEqual(count);
    }, patience);
  }

  async function verify(checkpoints: readonly string[] = []) {
    const findings: Finding[] = [];
    const verified = await verifyLog({ db, checkpoints, onFinding: (finding) => void findings.push(finding) });
    return { ...verified, found: findings };
  }

  /** What a verification finds in a month, as kind, position and event. */
  async function findingsIn(month: string | null, checkpoints: readonly string[] = []) {
    const { found } = await verify(checkpoints);
    return found
      .filter((finding) => finding.month === month)
      .map(({ kind, position, eventId }) => ({ kind, position, eventId }));
  }

  return {
    db,
    config: opened.config,
    deps,
    clock,
    logged,
    write,
    tamper,
    verify,
    findingsIn,
    link,
    linkNow: () => linkEvents(deps),
    checkpoint: () => makeCheckpoint(deps),
    [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose](),
  };
}
