import { type Case, cases } from "./cases.ts";
import { findNginx } from "./contestants/nginx/find-nginx.ts";
import { startContestants } from "./contestants/start.ts";
import { connections } from "./contestants/start-process.ts";
import type { Options } from "./options.ts";
import { describeMachine, describeVersions } from "./report/machine.ts";
import { summariseMeasures } from "./report/measures.ts";
import { type Report, summarise } from "./report/report.ts";
import { runRounds } from "./rounds.ts";
import { openRun } from "./run.ts";

/**
 * Starts everything, measures, stops everything. Throws where a call fails, or a process ends, or the signal aborts: after
 * everything has been stopped and dropped.
 */
export async function runBenchmark(options: Options, signal: AbortSignal): Promise<Report> {
  await using run = await openRun(signal);
  const { surroundings, database, settings } = run;
  const chosen = (cases as readonly Case[]).filter(({ action }) => options.actions.includes(action)).filter(isPossible);
  const names = new Set(chosen.flatMap(({ contestants }) => contestants));
  await using contestants = await startContestants({ ...surroundings, settings, names });
  const startedAt = new Date();
  const rounds = await runRounds(contestants, chosen, options);
  return {
    startedAt: startedAt.toISOString(),
    command: options.command,
    settings: {
      rounds: options.rounds,
      seconds: options.seconds,
      connections,
      argon2: settings.hashing,
      ownPostgres: database.isOwnServer,
    },
    machine: describeMachine(),
    versions: { ...describeVersions(), postgres: database.serverVersion },
    measures: summariseMeasures(rounds),
    cases: rounds.map(summarise),
  };
}

/** Whether the machine has what the case needs; says so where not. */
function isPossible({ title, needs }: Case): boolean {
  if (needs === undefined || findNginx() !== undefined) return true;
  console.log(`Left out: ${title}; it needs nginx on Linux, which is not here.`);
  return false;
}
