import { setTimeout as delay } from "node:timers/promises";
import type { Pool } from "pg";
import type { Operation } from "./operation.ts";

/** How long a statement may run before it is asked whether it waits for a lock, in milliseconds: a cost, no bound. */
const patienceMillis = 2;

/**
 * Waits until every operation halts, has ended, or waits for a lock that one that halts holds. Which of these it is depends
 * on the order of the statements alone, not on time: the server is asked who waits for whom.
 */
export async function settle(operations: readonly Operation<unknown>[], control: Pool): Promise<void> {
  for (;;) {
    const executing = operations.filter(({ state }) => state === "executing");
    if (executing.length === 0) return;
    const halts = executing.map(({ halted }) => halted);
    const holders = operations.filter(({ holdsLocks }) => holdsLocks);
    if (holders.length === 0) {
      await Promise.race(halts);
      continue;
    }
    const isOver = await Promise.race([Promise.all(halts).then(() => true), delay(patienceMillis, false)]);
    if (!isOver && (await areBlocked(executing, holders, control))) return;
  }
}

async function areBlocked(
  executing: readonly Operation<unknown>[],
  holders: readonly Operation<unknown>[],
  control: Pool,
): Promise<boolean> {
  const pids = executing.map(({ pid }) => pid);
  if (!pids.every((pid) => pid !== undefined)) return false;
  const { rows } = await control.query<{ pid: number; blockers: number[] }>({
    name: "proof-blockers",
    text: "select pid, pg_blocking_pids(pid) as blockers from unnest($1::int[]) as pid",
    values: [pids],
  });
  const stuck = new Set(holders.map(({ pid }) => pid));
  const waiting = new Map(rows.map(({ pid, blockers }) => [pid, blockers]));
  for (let isGrowing = true; isGrowing; ) {
    isGrowing = false;
    for (const [pid, blockers] of waiting) {
      if (!blockers.some((blocker) => stuck.has(blocker))) continue;
      stuck.add(pid);
      isGrowing = waiting.delete(pid) || isGrowing;
    }
  }
  // One that went on meanwhile is no more at what was asked about.
  return waiting.size === 0 && executing.every(({ state, pid }) => state === "executing" && pid !== undefined);
}
