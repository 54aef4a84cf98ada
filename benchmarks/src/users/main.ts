// `pnpm bench:users`: the administration of many accounts, roles, the audit log and personal data; see benchmarks/README.md.
import { runCommand } from "../command.ts";
import { originOf } from "../report/origin.ts";
import { publish } from "../report/publish.ts";
import { openRun, type Run } from "../runs/run.ts";
import { measureAdministration } from "./administration.ts";
import { measureAudit } from "./audit.ts";
import { measurePersonMemory } from "./memory/measure.ts";
import { leastPublished, parseOptions, type UsersOptions } from "./options.ts";
import { type UsersReport, usersToMarkdown } from "./report.ts";
import { measureRoles } from "./roles.ts";

await runCommand(async (signal) => {
  const options = parseOptions(process.argv.slice(2));
  const report = await measure(options, signal);
  const markdown = usersToMarkdown(report);
  console.log(`\n${markdown}\n`);
  if (options.isPublished) await publish({ name: "users", report, markdown });
  else {
    const { accounts, calls } = leastPublished;
    console.log(`Nothing written: figures to keep are of at least ${accounts} accounts and ${calls} calls.`);
  }
});

async function measure(options: UsersOptions, signal: AbortSignal): Promise<UsersReport> {
  const startedAt = new Date();
  const { changes, auditRounds: rounds, auditSeconds: seconds, memoryRounds, command } = options;
  await using run = await openRun(signal);
  const sizes = await measureAdministration(run, options);
  const roles = await measureRoles(run, changes);
  const audit = await onOwnServer(signal, (own) => measureAudit(own, { rounds, seconds }));
  const memory = await onOwnServer(signal, (own) => measurePersonMemory(own, memoryRounds));
  const { serverVersion, isOwnServer } = run.database;
  return {
    ...originOf({ startedAt, command, serverVersion }),
    settings: { calls: options.calls, auditRounds: rounds, auditSeconds: seconds, ownPostgres: isOwnServer },
    sizes,
    roles,
    audit,
    memory,
  };
}

/** Runs the work on empty databases, on a PostgreSQL without the load of the others. */
async function onOwnServer<T>(signal: AbortSignal, work: (run: Run) => Promise<T>): Promise<T> {
  await using run = await openRun(signal);
  return await work(run);
}
