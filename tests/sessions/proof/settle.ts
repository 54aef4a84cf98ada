import { setTimeout as delay } from "node:timers/promises";
import type { Control } from "./control.ts";
import type { Operation } from "./operation.ts";

/**
 * How long a statement may run before it is asked whether it waits for a lock, in milliseconds: a cost, no bound. Short
 * enough for a statement that waits, long enough that one that does not is seldom asked about.
 */
const patienceMillis = 5;

/**
 * Waits until every operation halts, has ended, or waits for a lock that one that halts holds. Which of these it is depends
 * on the order of the statements alone, not on time: the server is asked who waits for whom, except for the operations in
 * `waiting`, which are known to wait. Returns all operations that wait now.
 */
export async function settle(
  operations: readonly Operation<unknown>[],
  waiting: ReadonlySet<Operation<unknown>>,
  control: Control,
): Promise<ReadonlySet<Operation<unknown>>> {
  for (;;) {
    const executing = operations.filter((operation) => operation.state === "executing" && !waiting.has(operation));
    if (executing.length === 0) return waiting;
    const halts = executing.map(({ halted }) => halted);
    const holders = operations.filter(({ holdsLocks }) => holdsLocks);
    if (holders.length === 0) {
      await Promise.race(halts);
      continue;
    }
    const isOver = await Promise.race([Promise.all(halts).then(() => true), delay(patienceMillis, false)]);
    if (isOver) continue;
    const holding = [...holders, ...waiting];
    if (await areBlocked(executing, holding, control)) return new Set([...waiting, ...executing]);
  }
}

async function areBlocked(
  executing: readonly Operation<unknown>[],
  holders: readonly Operation<unknown>[],
  control: Control,
): Promise<boolean> {
  const pids = executing.map(({ pid }) => pid);
  if (!pids.every((pid) => pid !== undefined)) return false;
  const stuck = new Set(holders.map(({ pid }) => pid));
  const waiting = new Map(await Promise.all(pids.map(async (pid) => [pid, await control.readBlockers(pid)] as const)));
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
