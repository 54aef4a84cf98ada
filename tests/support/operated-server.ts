import { randomBytes } from "node:crypto";
import { type CommandOutcome, runGatehouse, runGatehouseProcess } from "./command-line.ts";
import { createTestDatabase } from "./database.ts";
import { looseLimits } from "./default-settings.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";
import { insideReceivers } from "./webhooks.ts";

/** A server on PostgreSQL, and the commands of its operator. */
export interface OperatedServer extends AsyncDisposable {
  readonly server: TestGatehouse;
  /** The settings of the server and of the commands. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a command in the tests' process. */
  run(...args: readonly string[]): Promise<CommandOutcome>;
  /** Runs it with `--json`, and parses what it prints. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert what is in it
  read(...args: readonly string[]): Promise<any>;
  /** Runs a command in a process of its own, which reads the input from standard input. */
  runWithInput(input: string, ...args: readonly string[]): Promise<CommandOutcome>;
}

/** Starts a server without any account. */
export async function startOperatedServer(settings: Readonly<Record<string, string>> = {}): Promise<OperatedServer> {
  await using owned = new AsyncDisposableStack();
  const database = owned.use(await createTestDatabase());
  const environment = {
    NODE_ENV: "test",
    DATABASE_URL: database.url,
    PUBLIC_URL: "http://gatehouse.test",
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    PASSWORD_HASH_MEMORY_KIB: "8192",
    PASSWORD_HASH_PASSES: "1",
    ...looseLimits,
    ...insideReceivers,
    ...settings,
  };
  const server = owned.use(await startGatehouse({ database, environment }));
  const run = (...args: readonly string[]) => runGatehouse(args, { environment });
  const opened = owned.move();
  return {
    server,
    environment,
    run,
    async read(...args) {
      const { code, stdout, stderr } = await run(...args, "--json");
      if (code !== 0) throw new Error(`The command ended with ${code}: ${stderr}`);
      return JSON.parse(stdout);
    },
    runWithInput: (input, ...args) => runGatehouseProcess(args, { environment, input }),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
