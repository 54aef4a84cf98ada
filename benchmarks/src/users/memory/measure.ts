import { rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "pg";
import { startGatehouse } from "../../contestants/children.ts";
import { heapLimits, measureProcess } from "../../import/measure-process.ts";
import { registerAccount } from "../../load/account.ts";
import { median, rounded, toMib } from "../../report/numbers.ts";
import type { Run } from "../../runs/run.ts";
import { addPerson, deletePerson, expectErased, type Past } from "./person.ts";

/** The most memory of a process that exports or erases one user, and what it worked on. */
export interface PersonMemory extends Past {
  /** Of the whole document. */
  readonly exportMib: number;
  /** Resident memory at most, a round each. */
  readonly exportPeakMib: readonly number[];
  readonly erasePeakMib: readonly number[];
  /** The medians of the rounds. */
  readonly exportSeconds: number;
  readonly eraseSeconds: number;
}

/** Users with a short and a long past. */
const pasts: readonly [short: Past, long: Past] = [
  { events: 1000, sessions: 1000 },
  { events: 300_000, sessions: 20_000 },
];

interface PersonRound {
  readonly exportMib: number;
  readonly exported: { readonly seconds: number; readonly peakMib: number };
  readonly erased: { readonly seconds: number; readonly peakMib: number };
}

/** Exports and erases users with a short and a long past in turn, each by a process of its own. */
export async function measurePersonMemory(run: Run, rounds: number): Promise<readonly PersonMemory[]> {
  const client = new Client(run.database.url);
  await client.connect();
  try {
    await registerSomebody(run);
    const measured = pasts.map((past) => ({ past, rounds: [] as PersonRound[] }));
    for (let round = 1; round <= rounds; round++) {
      for (const person of measured) person.rounds.push(await measurePerson(run, client, person.past));
    }
    return measured.map(({ past, rounds: found }) => summarise(past, found));
  } finally {
    await client.end();
  }
}

/** The keys of the other sessions are not sealed: without a session whose key is, no process would start on this database. */
async function registerSomebody({ surroundings, settings }: Run): Promise<void> {
  await using server = await startGatehouse(surroundings, settings);
  await registerAccount({ url: server.ready, protocol: "rest" });
}

async function measurePerson({ surroundings, settings }: Run, client: Client, past: Past): Promise<PersonRound> {
  surroundings.signal.throwIfAborted();
  const person = await addPerson(client, past);
  const file = join(surroundings.logFolder, `${person.publicId}.json`);
  const exported = await measureScript("./export.ts", [person.publicId, file], settings.environment);
  const exportMib = toMib((await stat(file)).size);
  await rm(file);
  await deletePerson(client, person);
  const erased = await measureScript("./erase.ts", [person.id], settings.environment);
  await expectErased(client, person);
  const peaks = [exported, erased].map(({ peakMib }) => Math.round(peakMib));
  console.log(`${past.events} events: export ${peaks[0]} MiB, erasure ${peaks[1]} MiB`);
  return { exportMib, exported, erased };
}

function measureScript(path: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
  const script = fileURLToPath(new URL(path, import.meta.url));
  return measureProcess([...heapLimits, script, ...args], { ...process.env, ...environment });
}

function summarise(past: Past, rounds: readonly PersonRound[]): PersonMemory {
  return {
    ...past,
    exportMib: rounded(median(rounds.map(({ exportMib }) => exportMib)), 1),
    exportPeakMib: rounds.map(({ exported }) => rounded(exported.peakMib, 1)),
    erasePeakMib: rounds.map(({ erased }) => rounded(erased.peakMib, 1)),
    exportSeconds: rounded(median(rounds.map(({ exported }) => exported.seconds)), 2),
    eraseSeconds: rounded(median(rounds.map(({ erased }) => erased.seconds)), 2),
  };
}
