import { countAccountDays } from "../../packages/server/src/metrics/count-days.ts";
import { readAccountMetrics } from "../../packages/server/src/metrics/service.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";
import { TestClock } from "./test-clock.ts";

const attempt = { id: crypto.randomUUID(), number: 1, signal: new AbortController().signal };

/** Runs the job that counts, now. */
export function countDays({ gatehouse: { deps } }: TestGatehouse, signal = attempt.signal): Promise<void> {
  return countAccountDays(deps, {}, { ...attempt, signal });
}

/** The numbers of the days that have any, in their order. */
export async function readCounted({ gatehouse: { deps } }: TestGatehouse) {
  const { days } = await readAccountMetrics(deps, {});
  return days.filter(({ signUps, signIns, activeUsers }) => signUps + signIns + activeUsers > 0);
}

/** Starts a server at this moment whose jobs run only when a test runs them. */
export function startAt(moment: string, environment: Readonly<Record<string, string>> = {}): Promise<TestGatehouse> {
  return startGatehouse({ clock: new TestClock(new Date(moment)), environment: { JOBS: "off", ...environment } });
}

/** Moves the server's clock to a later moment. */
export function moveTo({ clock }: TestGatehouse, moment: string): void {
  clock.advance((new Date(moment).getTime() - clock.now().getTime()) / 1000);
}
