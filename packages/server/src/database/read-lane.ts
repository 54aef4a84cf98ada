import type { ClientConfig } from "pg";
import { PipelinedConnection, type Row } from "./pipelined-connection.ts";

/**
 * How long a lane goes without a connection that could not be opened, or on which a statement took too long, in
 * milliseconds. Reads use the pool meanwhile.
 */
const pauseMillis = 30_000;

interface ReadLaneOptions {
  /** How to connect. */
  readonly client: ClientConfig;
  /** Connections at most. */
  readonly connections: number;
  /** Hears of connections that broke, and of those that could not be opened. */
  readonly onError: (error: Error) => void;
}

/** A place for one connection, which is replaced when it is lost. */
interface Place {
  connection?: PipelinedConnection;
  opening?: Promise<void>;
  /** By `performance.now()`. */
  closedUntil: number;
}

/**
 * A few pipelined connections that all callers share, for short reads outside transactions. They are opened when they are
 * first wanted, and again after a loss.
 */
export class ReadLane {
  readonly #options: ReadLaneOptions;
  readonly #places: readonly Place[];
  #hasEnded = false;

  constructor(options: ReadLaneOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.connections }, () => ({ closedUntil: 0 }));
  }

  /**
   * The rows; `undefined` where the lane cannot read at the moment, or a statement took too long: then the pool is to read
   * them. Throws `DatabaseUnavailableError` where the connection is lost before it answers.
   */
  async read(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    return await this.#leastBusy()?.read(text, values);
  }

  /** Closes the lane after the answers to what was sent. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    await Promise.all(this.#places.map(({ opening }) => opening));
    await Promise.all(this.#places.map(({ connection }) => connection?.end()));
  }

  #leastBusy(): PipelinedConnection | undefined {
    let best: PipelinedConnection | undefined;
    for (const place of this.#places) {
      const { connection } = place;
      if (!connection?.isOpen) this.#reopen(place);
      else if (best === undefined || connection.inFlight < best.inFlight) best = connection;
    }
    return best;
  }

  /** Opens a connection in the background, unless one is being opened or the place is closed for a while. */
  #reopen(place: Place): void {
    delete place.connection;
    if (this.#hasEnded || place.opening !== undefined || performance.now() < place.closedUntil) return;
    place.opening = this.#open(place).finally(() => delete place.opening);
  }

  async #open(place: Place): Promise<void> {
    const { client, onError } = this.#options;
    const onLost = (reason: Error) => {
      if (place.connection?.wasSlow) pause(place);
      onError(reason);
    };
    try {
      place.connection = await PipelinedConnection.open(client, onLost);
    } catch (error) {
      pause(place);
      onError(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

function pause(place: Place): void {
  place.closedUntil = performance.now() + pauseMillis;
}
