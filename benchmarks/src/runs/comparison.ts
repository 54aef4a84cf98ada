import { type Case, cases } from "../cases.ts";
import { connections } from "../contestants/children.ts";
import { startContestants } from "../contestants/start.ts";
import type { Options } from "../options.ts";
import { originOf } from "../report/origin.ts";
import { type Report, summariseCase, summariseMeasures } from "../report/summary.ts";
import { findNginx } from "../servers/nginx.ts";
import { runRounds } from "./rounds.ts";
import { openRun } from "./run.ts";

/**
 * Measures the contestants of the chosen cases in turn. Throws where a call fails, a process ends or the signal aborts,
 * after every process has been stopped and every database dropped.
 */
export async function runComparison(options: Options, signal: AbortSignal): Promise<Report> {
  await using run = await openRun(signal);
  const { surroundings, database, settings } = run;
  const chosen = cases.filter(({ action }) => options.actions.includes(action)).filter(isPossible);
  const names = new Set(chosen.flatMap(({ contestants }) => contestants));
  await using contestants = await startContestants({
    ...surroundings,
    settings,
    postgresCpu: () => database.postgresCpuMicros(),
    names,
  });
  const startedAt = new Date();
  const rounds = await runRounds(contestants, chosen, options);
  return {
    ...originOf({ startedAt, command: options.command, serverVersion: database.serverVersion }),
    settings: {
      rounds: options.rounds,
      seconds: options.seconds,
      connections,
      argon2: settings.hashing,
      ownPostgres: database.isOwnServer,
    },
    measures: summariseMeasures(rounds),
    cases: rounds.map(summariseCase),
  };
}

/** Whether the machine has the program that the case needs. Prints a line where it has not. */
function isPossible({ title, needs }: Case): boolean {
  if (needs === undefined || findNginx() !== undefined) return true;
  console.log(`Left out: ${title}; it needs nginx on Linux, which is not here.`);
  return false;
}
