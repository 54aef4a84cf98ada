import { Client, type ClientConfig } from "pg";
import { asOutage } from "./availability.ts";
import { isOutdatedPlan, nameStatement } from "./statement-names.ts";

/**
 * How long PostgreSQL works on one statement of a pipelined connection, in milliseconds. A read of a row by its index takes
 * less than one; what was sent after a slow statement waits for so long at most.
 */
const statementTimeoutMillis = 250;

/** How long an answer may take in all, in milliseconds; after that nobody is there any more. */
const answerTimeoutMillis = 5000;

/** SQLSTATE of a statement that took too long, or that somebody cancelled (PostgreSQL, appendix A). */
const queryCanceled = "57014";

/** A row as it comes from the database. */
export type Row = Record<string, unknown>;

type OnLost = (reason: Error) => void;

/**
 * A connection to PostgreSQL that sends each statement without waiting for the answers to those before it (PostgreSQL,
 * "Pipelining"). PostgreSQL refuses to write on it, so whatever it was given may be sent again elsewhere.
 */
export class PipelinedConnection {
  readonly #client: Client;
  readonly #onLost: OnLost;
  /** The names under which PostgreSQL keeps statements for this connection, by their SQL. */
  readonly #names = new Map<string, string>();
  readonly #preparing = new Set<string>();
  #outdatedNames = 0;
  #inFlight = 0;
  #state: "open" | "slow" | "over" = "open";

  private constructor(client: Client, onLost: OnLost) {
    this.#client = client;
    this.#onLost = onLost;
    client.on("error", (error) => this.#close("over", error));
    client.on("end", () => this.#close("over"));
  }

  /**
   * Connects. `onLost` hears of a connection that broke later, or was given up. Throws where the database is away, and
   * where something between, such as a pooler, does not pass the settings on.
   */
  static async open(config: ClientConfig, onLost: OnLost): Promise<PipelinedConnection> {
    const client = new Client({
      ...config,
      connectionString: withSettings(config.connectionString ?? ""),
      pipeline: true,
      query_timeout: answerTimeoutMillis,
      keepAlive: true,
      application_name: "gatehouse pipeline",
    });
    const connection = new PipelinedConnection(client, onLost);
    await client.connect();
    try {
      await assertSettings(client);
    } catch (error) {
      await connection.end();
      throw error;
    }
    return connection;
  }

  /** Statements that were sent and not answered. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether statements may be sent. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether it was given up because a statement took too long. */
  get wasSlow(): boolean {
    return this.#state === "slow";
  }

  /**
   * The rows; `undefined` where this statement or one before it took too long: the connection is then given up, and what
   * it owes must be read elsewhere. Throws `DatabaseUnavailableError` where the connection is lost.
   */
  async read(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    this.#inFlight += 1;
    try {
      return await this.#send(text, [...values]);
    } catch (error) {
      if (isCanceled(error) && this.#close("slow", error)) this.#client.connection.stream.destroy();
      if (this.wasSlow) return undefined;
      throw asOutage(error);
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Ends the connection once what was sent is answered. */
  async end(): Promise<void> {
    this.#close("over");
    await this.#client.end();
  }

  async #send(text: string, values: unknown[]): Promise<Row[]> {
    const name = this.#names.get(text);
    if (name === undefined) return await this.#prepare(text, values);
    try {
      return (await this.#client.query<Row>({ name, text, values })).rows;
    } catch (error) {
      if (!isOutdatedPlan(error)) throw error;
      if (this.#names.get(text) === name) this.#forget(text);
      return await this.#prepare(text, values);
    }
  }

  /**
   * Sends a statement whose name PostgreSQL does not know yet. Those that come before the answer go without a name: if the
   * first one fails, PostgreSQL has nothing under that name, and they would fail with it.
   */
  async #prepare(text: string, values: unknown[]): Promise<Row[]> {
    if (this.#preparing.has(text)) return (await this.#client.query<Row>({ text, values })).rows;
    const name = `${nameStatement(text)}.${this.#outdatedNames}`;
    this.#preparing.add(text);
    try {
      const { rows } = await this.#client.query<Row>({ name, text, values });
      this.#names.set(text, name);
      return rows;
    } finally {
      this.#preparing.delete(text);
    }
  }

  #forget(text: string): void {
    this.#names.delete(text);
    this.#outdatedNames += 1;
  }

  /** `false` for a connection that is closed already. */
  #close(state: "slow" | "over", reason?: Error): boolean {
    if (this.#state !== "open") return false;
    this.#state = state;
    if (reason !== undefined) this.#onLost(reason);
    return true;
  }
}

/** The address with settings of the session, above those that it has: as parameters of an address, pg prefers them to all else. */
function withSettings(connectionString: string): string {
  const url = new URL(connectionString);
  const options = url.searchParams.get("options") ?? "";
  url.searchParams.set("options", `${options} -c default_transaction_read_only=on`.trim());
  url.searchParams.set("statement_timeout", String(statementTimeoutMillis));
  return url.href;
}

/** A pooler may refuse settings, which fails the connection, or take them and not pass them on. */
async function assertSettings(client: Client): Promise<void> {
  const { rows } = await client.query<{ timeout: string; readOnly: string }>(
    `select current_setting('statement_timeout') as timeout, current_setting('transaction_read_only') as "readOnly"`,
  );
  if (rows[0]?.timeout === `${statementTimeoutMillis}ms` && rows[0].readOnly === "on") return;
  throw new Error("PostgreSQL did not get the settings of a pipelined connection; a pooler may be in between.");
}

function isCanceled(error: unknown): error is Error {
  return error instanceof Error && "code" in error && error.code === queryCanceled;
}
