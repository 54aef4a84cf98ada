// `pnpm bench:identity`: sign-ins by password and code, and returns from a provider; see benchmarks/README.md.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { LocalProvider } from "../../../tests/support/social/provider.ts";
import { readArguments, runCommand, wholeNumber } from "../command.ts";
import type { Argon2Child, GatehouseChild } from "../contestants/children.ts";
import { createServerSettings } from "../contestants/settings.ts";
import { createBenchmarkDatabase } from "../database/benchmark-database.ts";
import { startChild } from "../processes/child.ts";
import { median } from "../report/numbers.ts";
import { describeMachine } from "../report/origin.ts";
import { measureCallback, provider } from "./callback.ts";
import { measureSecondFactor } from "./second-factor.ts";

const signIns = { name: "sign-ins", max: 10_000, default: 100 };
const returns = { name: "returns", max: 100_000, default: 1000 };
const rounds = { name: "rounds", max: 50, default: 5 };

const usage = `Usage: pnpm bench:identity [--sign-ins N] [--returns N] [--rounds N]
  --sign-ins N  sign-ins by password and code of a round, 1 to ${signIns.max}; default ${signIns.default}
  --returns N   returns from a provider of a round, and refreshes, 1 to ${returns.max}; default ${returns.default}
  --rounds N    rounds, 1 to ${rounds.max}; default ${rounds.default}`;

/** Limits that this run would reach, besides those that every run loosens. The mails of the registrations are left to nobody. */
const own = {
  JOBS: "off",
  LIMIT_SOCIAL_SIGN_INS_PER_IP_PER_MINUTE: "0",
  LIMIT_REDEMPTIONS_PER_IP_PER_MINUTE: "0",
};

await runCommand(async (signal) => {
  const options = { "sign-ins": { type: "string" }, returns: { type: "string" }, rounds: { type: "string" } } as const;
  const given = readArguments(() => parseArgs({ options }).values, usage);
  const counts = {
    signIns: wholeNumber(signIns, given["sign-ins"], usage),
    returns: wholeNumber(returns, given.returns, usage),
    rounds: wholeNumber(rounds, given.rounds, usage),
  };
  await using stack = new AsyncDisposableStack();
  const logFolder = await mkdtemp(join(tmpdir(), "gatehouse-identity-"));
  stack.defer(() => rm(logFolder, { recursive: true }));
  const database = stack.use(await createBenchmarkDatabase({ logFolder, signal }));
  const { environment, hashing } = createServerSettings(database);
  const local = stack.use(await LocalProvider.start());
  // Production refuses a provider of this machine.
  const development = { NODE_ENV: "development", LOG_FORMAT: "json", ...local.environment([provider]) };
  const server: GatehouseChild = stack.use(
    await startChild({
      name: "gatehouse",
      module: new URL("../servers/gatehouse.ts", import.meta.url),
      input: { ...environment, ...own, ...development },
      logFolder,
      signal,
    }),
  );
  const argon2: Argon2Child = stack.use(
    await startChild({
      name: "argon2",
      module: new URL("../servers/argon2.ts", import.meta.url),
      input: hashing,
      logFolder,
      signal,
    }),
  );
  const machine = describeMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; PostgreSQL ${database.serverVersion}`);
  await compare({ server, argon2, local }, counts);
});

interface Compared {
  readonly server: GatehouseChild;
  readonly argon2: Argon2Child;
  readonly local: LocalProvider;
}

/** The first round warms the server up and does not count. */
async function compare(
  { server, argon2, local }: Compared,
  counts: { readonly signIns: number; readonly returns: number; readonly rounds: number },
): Promise<void> {
  const ratios = { code: [] as number[], callback: [] as number[] };
  for (let round = 0; round <= counts.rounds; round += 1) {
    const { signIn, alone } = await measureSecondFactor(server, argon2, counts.signIns);
    const { callback, refresh } = await measureCallback(server, local, counts.returns);
    if (round === 0) continue;
    ratios.code.push(alone / signIn);
    ratios.callback.push(callback / refresh);
    const micros = [signIn, alone, callback, refresh].map((each) => `${Math.round(each)} µs`);
    console.log(
      `processor time of a sign-in by password and code ${micros[0]}, of its cryptography alone ${micros[1]}; of a return from a provider ${micros[2]}, of a refresh ${micros[3]}`,
    );
  }
  const times = `median of ${counts.rounds} rounds`;
  console.log(`cryptography alone ÷ sign-in by password and code, ${times}: ${median(ratios.code).toFixed(2)}`);
  console.log(`return from a provider ÷ refresh, ${times}: ${median(ratios.callback).toFixed(2)}`);
}
