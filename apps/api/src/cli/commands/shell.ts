import { once } from "node:events";
import { chmodSync, closeSync, openSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { type REPLServer, start } from "node:repl";
import { text } from "node:stream/consumers";
import { inspect, promisify } from "node:util";
import { defineCommand } from "../command.ts";
import { openScope } from "../operator/scope.ts";
import { terminalColumns } from "../output.ts";
import { wrap } from "../text.ts";

/** `gatehouse shell` */
export const openShell = defineCommand({
  name: "shell",
  summary: "opens a JavaScript prompt with the dependencies and the services of the server",
  notes:
    "It acts on the real data, without limits, permissions or a way back. It works beside a running server on PostgreSQL; stop the server first if the database is the embedded one.",
  examples: [
    { args: "shell", summary: 'then: await user.findUserByIdentifier(db, "ada@example.com")' },
    { args: "shell < fix.js", summary: "runs a script, in which await works too; console.log prints" },
  ],
  guide: "docs/guides/command-line.md",
  async run() {
    await using scope = await openNames();
    if (!process.stdin.isTTY) return await runScript(await text(process.stdin), scope.names);
    process.stdout.write(greet(scope.names));
    // The same globals as the server's code, so that `instanceof Date` holds for values of the prompt.
    const prompt = start({ prompt: "gatehouse> ", useGlobal: true });
    Object.assign(prompt.context, scope.names);
    await keepHistory(prompt);
    await once(prompt, "exit");
    return undefined;
  },
  failureOf: (failure) => failure,
});

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor;

/** Runs a script of standard input, which a prompt would not do in its order: it does not wait for the promise of a line. */
async function runScript(source: string, names: Scope["names"]): Promise<string | undefined> {
  try {
    await new AsyncFunction(...Object.keys(names), source)(...Object.values(names));
    return undefined;
  } catch (error) {
    return `The script failed: ${inspect(error)}`;
  }
}

/** What the prompt knows by name; disposing of it closes the database. */
interface Scope extends AsyncDisposable {
  readonly names: Readonly<Record<string, object>>;
}

async function openNames(): Promise<Scope> {
  const server = await import("@gatehouse/server/operator");
  const { deps, services, rights, ...opened } = await openScope("warn");
  const names = { deps, db: deps.db, operator: rights, inTransaction: server.inTransaction, ...services };
  return { names, [Symbol.asyncDispose]: opened[Symbol.asyncDispose] };
}

const defaultColumns = 80;

/** Lists what the prompt knows: the services, which are plain objects of functions, with what they can do. */
function greet({
  deps,
  db: _db,
  operator: _operator,
  inTransaction: _inTransaction,
  ...services
}: Scope["names"]): string {
  const lines = [
    `deps: ${Object.keys(deps ?? {}).join(", ")}`,
    "db: the database, by Kysely; inTransaction(db, async (trx) => …)",
    "operator: the actor of services that take one",
    ...Object.entries(services).map(([name, service]) => `${name}: ${Object.keys(service).join(", ")}`),
  ];
  const width = terminalColumns() ?? defaultColumns;
  return `${lines.map((line) => wrap(line, width).join("\n  ")).join("\n")}\n\nTop-level await works. Leave by .exit or Ctrl-D.\n\n`;
}

/** Keeps the lines of the prompt in the home folder. They may contain personal data, so nobody else may read them. */
async function keepHistory(prompt: REPLServer): Promise<void> {
  const file = join(homedir(), ".gatehouse_shell_history");
  closeSync(openSync(file, "a", 0o600));
  chmodSync(file, 0o600);
  await promisify(prompt.setupHistory.bind(prompt))({ filePath: file });
}
