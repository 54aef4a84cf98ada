import type { ClientConfig } from "pg";
import { PipelinedConnection, type Row } from "./pipelined-connection.ts";

/**
 * The pause after a connection could not be opened, or after a statement on it took too long. Meanwhile the other
 * connections of the lane and the pool serve the reads.
 */
const pauseMillis = 30_000;

interface ReadLaneOptions {
  /** The configuration of each connection. */
  readonly client: ClientConfig;
  /** The most connections. */
  readonly connections: number;
  /** Called when a connection breaks or cannot be opened. */
  readonly onError: (error: Error) => void;
}

/** A slot for one connection, which is replaced when it is lost. */
interface Place {
  connection?: PipelinedConnection;
  opening?: Promise<void>;
  /** The end of the pause, on the clock of `performance.now()`. */
  closedUntil: number;
}

/**
 * A few pipelined connections that all callers share, for short reads outside transactions. A connection is opened on first
 * use and reopened after a loss.
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
   * Returns the rows, or `undefined` if no connection is open or a statement took too long; the caller then reads over the
   * pool. Throws `DatabaseUnavailableError` if the connection is lost before the rows arrive.
   */
  async read(text: string, values: readonly unknown[]): Promise<Row[] | undefined> {
    return await this.#leastBusy()?.read(text, values);
  }

  /** Closes the lane once the statements in flight have finished. */
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

  /** Opens a connection in the background, unless one is being opened or the pause is not over. */
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
