import type { Pool, PoolClient, QueryResult } from "pg";
import { type Database, overPool } from "../../../packages/server/src/database/connection.ts";

/** What stands in for the answer of an operation whose process crashed. */
class Crash extends Error {}

type State = "executing" | "parked" | "done";

/** Changes a statement on its way to the database: what a broken service would have sent. */
export type Rewrite = (statement: string) => string;

/** Names of prepared statements, as the server gives them, so that PostgreSQL plans each once for a connection. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `proof-${names.size}`;
  names.set(text, name);
  return name;
}

/**
 * A call of the service that is under way: it halts before each statement until it is told to go on. `begin` is no halt,
 * since it neither locks nor reads anything.
 */
export class Operation<T> {
  readonly #pool: Pool;
  readonly #rewrite: Rewrite;
  #state: State = "executing";
  #halted = Promise.withResolvers<void>();
  #goOn: PromiseWithResolvers<void> | undefined;
  #isCrashed = false;
  #isInTransaction = false;
  #hasExecuted = false;
  #hasCommitted = false;
  #result: PromiseSettledResult<T> | undefined;
  /** The server process of its connection, while it holds one. */
  pid: number | undefined;

  constructor(pool: Pool, rewrite: Rewrite, work: (db: Database) => Promise<T>) {
    this.#pool = pool;
    this.#rewrite = rewrite;
    const db = overPool({ connect: async () => this.#client(), end: async () => undefined, options: {} });
    work(db).then(
      (value) => this.#finish({ status: "fulfilled", value }),
      (reason: unknown) => this.#finish({ status: "rejected", reason }),
    );
  }

  get state(): State {
    return this.#state;
  }

  get isCrashed(): boolean {
    return this.#isCrashed;
  }

  /** Whether the server has carried out a statement of it, which a crash does not take back. */
  get hasExecuted(): boolean {
    return this.#hasExecuted;
  }

  get hasCommitted(): boolean {
    return this.#hasCommitted;
  }

  /** Whether it halts while it holds what others may wait for. */
  get holdsLocks(): boolean {
    return this.#state === "parked" && this.#isInTransaction;
  }

  /** When it has halted, or has ended. */
  get halted(): Promise<void> {
    return this.#halted.promise;
  }

  get result(): PromiseSettledResult<T> | undefined {
    return this.#result;
  }

  /** Lets the statement run at which it halts. */
  step(): void {
    if (this.#state !== "parked") throw new Error("Only what halts can go on");
    this.#state = "executing";
    this.#halted = Promise.withResolvers();
    this.#goOn?.resolve();
  }

  /**
   * Its process is gone: it sends nothing more, and its connection breaks. A statement that the server has already still
   * runs to its end.
   */
  crash(): void {
    this.#isCrashed = true;
    if (this.#state !== "parked") return;
    this.#state = "executing";
    this.#halted = Promise.withResolvers();
    this.#goOn?.reject(new Crash());
  }

  #finish(result: PromiseSettledResult<T>): void {
    this.#result = result;
    this.#state = "done";
    this.#halted.resolve();
  }

  async #halt(statement: string): Promise<void> {
    if (this.#isCrashed) throw new Crash();
    if (statement === "begin") return;
    this.#goOn = Promise.withResolvers();
    this.#state = "parked";
    this.#halted.resolve();
    await this.#goOn.promise;
  }

  /** Takes a connection with its first statement, so that what halts before it holds none. */
  #client() {
    let client: PoolClient | undefined;
    const query = async (text: string, values: unknown[]): Promise<QueryResult> => {
      await this.#halt(text);
      client ??= await this.#pool.connect();
      this.pid = "processID" in client ? Number(client.processID) : undefined;
      const statement = this.#rewrite(text);
      const result = await client.query({ name: nameOf(statement), text: statement, values });
      this.#hasExecuted = true;
      if (text === "begin") this.#isInTransaction = true;
      if (text === "commit") this.#hasCommitted = true;
      if (text === "commit" || text === "rollback") this.#isInTransaction = false;
      if (this.#isCrashed) throw new Crash();
      return result;
    };
    const release = () => {
      client?.release(this.#isCrashed && this.#isInTransaction);
      client = undefined;
      this.pid = undefined;
    };
    // Kysely calls this form of `query` only; the overloads of pg cannot be written as one function.
    return { query: query as PoolClient["query"], release };
  }
}
