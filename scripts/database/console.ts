// pnpm db:console: an SQL prompt on the database; reads a pipe as well: echo 'select 1' | pnpm db:console
import { createInterface, type Interface } from "node:readline/promises";
import { loadConfig } from "../../packages/server/src/config.ts";
import { type Database, openUsable, runSql, type SqlResult } from "../../packages/server/src/database/tooling.ts";
import { splitStatements } from "./statements.ts";

const help = `Statements end with a semicolon and may take several lines.
  \\dt   lists the tables
  \\q    leaves, and so does Ctrl-D; Ctrl-C drops the statement begun`;

const listTables = `
  select relname as "table", pg_size_pretty(pg_total_relation_size(oid)) as size
  from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') order by relname`;

/** Resolves with the exit code when the input ends: 1 if a statement from a pipe failed. */
export async function runConsole(): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const sayBroken = (error: Error) => console.error(`A connection broke: ${error.message}`);
  const db = opened.adopt(await openUsable(loadConfig().database, sayBroken), (open) => open.destroy());
  // One connection for the whole input, so that begin and commit work.
  return await db.connection().execute((connection) => new SqlPrompt(connection).run());
}

class SqlPrompt {
  readonly #db: Database;
  readonly #isTyped = process.stdin.isTTY && process.stdout.isTTY;
  #begun = "";
  #failures = 0;

  constructor(db: Database) {
    this.#db = db;
  }

  async run(): Promise<number> {
    const lines = createInterface({ input: process.stdin, output: process.stdout, terminal: this.#isTyped });
    lines.on("SIGINT", () => {
      this.#begun = "";
      console.log("^C");
      this.#ask(lines);
    });
    if (this.#isTyped) console.log(`${help}\n`);
    this.#ask(lines);
    for await (const line of lines) {
      if (this.#begun === "" && /^\s*(\\q|exit|quit)\s*;?\s*$/i.test(line)) break;
      await this.#take(line);
      this.#ask(lines);
    }
    if (this.#isTyped) console.log();
    else await this.#execute(this.#begun);
    return this.#failures > 0 && !this.#isTyped ? 1 : 0;
  }

  #ask(lines: Interface): void {
    if (!this.#isTyped) return;
    lines.setPrompt(this.#begun === "" ? "gatehouse=# " : "gatehouse-# ");
    lines.prompt();
  }

  async #take(line: string): Promise<void> {
    if (this.#begun === "" && line.trimStart().startsWith("\\")) return await this.#command(line.trim());
    const { statements, rest } = splitStatements(`${this.#begun}${line}\n`);
    this.#begun = rest === "" ? "" : `${rest}\n`;
    for (const statement of statements) await this.#execute(statement);
  }

  async #command(command: string): Promise<void> {
    if (command === "\\dt") await this.#execute(listTables);
    else console.log(help);
  }

  async #execute(statement: string): Promise<void> {
    if (statement.trim() === "") return;
    try {
      show(await runSql(this.#db, statement));
    } catch (error) {
      this.#failures += 1;
      console.error(`Error: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** Prints the rows and their number; for a statement without rows, the number of changed rows. */
function show({ rows, affectedRows }: SqlResult): void {
  if (rows.length > 0) {
    console.table(
      rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, cell(value)]))),
    );
    console.log(`(${counted(rows.length)})`);
  } else {
    console.log(
      affectedRows === undefined || affectedRows === 0n ? "OK, no rows" : `${counted(affectedRows)} affected`,
    );
  }
}

const maxShownBytes = 16;

/** Converts bytes and JSON, which `console.table` would not show completely. */
function cell(value: unknown): unknown {
  if (value instanceof Uint8Array) {
    const shown = `\\x${Buffer.from(value.subarray(0, maxShownBytes)).toString("hex")}`;
    return value.length > maxShownBytes ? `${shown}… (${value.length} bytes)` : shown;
  }
  if (typeof value === "string") return harmless(value);
  return value === null || value instanceof Date || typeof value !== "object" ? value : harmless(JSON.stringify(value));
}

/** `console.table` escapes control characters, but not characters that change the direction of text. */
function harmless(text: string): string {
  return text.replaceAll(/\p{Cf}/gu, (hidden) => `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`);
}

function counted(rows: number | bigint): string {
  return `${rows} ${Number(rows) === 1 ? "row" : "rows"}`;
}
