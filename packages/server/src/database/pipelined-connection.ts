import { Client, type ClientConfig } from "pg";
import { asOutage } from "./availability.ts";
import { isOutdatedPlan, nameStatement } from "./statement-names.ts";

/**
 * The time that PostgreSQL may spend on one statement of a pipelined connection. A read by an index takes less than a
 * millisecond. This limit also bounds the time that later statements wait for a slow one.
 */
const statementTimeoutMillis = 250;

/** The time within which a result must arrive. After that, the server is considered lost. */
const answerTimeoutMillis = 5000;

/** SQLSTATE of a statement that timed out or was cancelled (PostgreSQL, appendix A). */
const queryCanceled = "57014";

/** A row as the driver returns it. */
export type Row = Record<string, unknown>;

type OnLost = (reason: Error) => void;

/**
 * A connection to PostgreSQL that sends each statement without waiting for the results of earlier statements (PostgreSQL,
 * "Pipelining"). The session is read-only, so any statement can safely be repeated on another connection.
 */
export class PipelinedConnection {
  readonly #client: Client;
  readonly #onLost: OnLost;
  /** The names of the statements that are prepared on this connection, by their SQL. */
  readonly #names = new Map<string, string>();
  readonly #preparing = new Set<string>();
  #outdatedNames = 0;
  #inFlight = 0;
  /** Whether the statements of this turn of the event loop are held back. */
  #isJoining = false;
  #state: "open" | "slow" | "over" = "open";

  private constructor(client: Client, onLost: OnLost) {
    this.#client = client;
    this.#onLost = onLost;
    client.on("error", (error) => this.#close("over", error));
    client.on("end", () => this.#close("over"));
  }

  /**
   * Opens a connection. `onLost` is called if the connection later breaks or is closed after a slow statement. Throws if the
   * database cannot be reached, or if a pooler in between does not pass the session settings on.
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

  /** The number of statements that were sent and have no result yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether statements may be sent. */
  get isOpen(): boolean {
    return this.#state === "open";
  }

  /** Whether the connection was closed because a statement took too long. */
  get wasSlow(): boolean {
    return this.#state === "slow";
  }

  /**
   * Returns the rows, or `undefined` if this statement or an earlier one took too long. In that case the connection is closed,
   * and every statement in flight must be repeated elsewhere. Throws `DatabaseUnavailableError` if the connection is lost.
   */
  async read(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    this.#inFlight += 1;
    this.#joinWrites();
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

  /** Closes the connection once the statements in flight have finished. */
  async end(): Promise<void> {
    this.#close("over");
    await this.#client.end();
  }

  /**
   * Holds back what is written until the event loop has handled the input that is there, so that the statements of all calls
   * that came together are one write. A write wakes a process of PostgreSQL, which costs more than the statement.
   */
  #joinWrites(): void {
    if (this.#isJoining) return;
    const { stream } = this.#client.connection;
    this.#isJoining = true;
    stream.cork();
    setImmediate(() => {
      this.#isJoining = false;
      stream.uncork();
    });
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
   * Sends a statement that is not prepared yet, and prepares it under a name. Further uses before the result arrives are sent
   * without a name: if preparing fails, the name does not exist, and a use of the name would fail too.
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

  /** Marks the connection as closed; returns `false` if it already was. */
  #close(state: "slow" | "over", reason?: Error): boolean {
    if (this.#state !== "open") return false;
    this.#state = state;
    if (reason !== undefined) this.#onLost(reason);
    return true;
  }
}

/**
 * Adds the session settings to the address, where they override its own. They are parameters of the address, because pg
 * prefers those to any other option.
 */
function withSettings(connectionString: string): string {
  const url = new URL(connectionString);
  const options = url.searchParams.get("options") ?? "";
  url.searchParams.set("options", `${options} -c default_transaction_read_only=on`.trim());
  url.searchParams.set("statement_timeout", String(statementTimeoutMillis));
  return url.href;
}

/** Checks that the settings took effect, because a pooler may accept them without passing them on. */
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
