import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Dependencies } from "../dependencies.ts";

/** Milliseconds between two checks for clients that do not read their responses. */
const lookMillis = 1000;

type ConnectionsDeps = Pick<Dependencies, "config" | "clock" | "log">;

interface Connection {
  /** Requests whose responses are not written out yet. */
  inFlight: number;
  /** Bytes that the client had accepted at the last check; -1 if none were waiting. */
  takenBytes: number;
  /** When `takenBytes` last changed, in milliseconds since the epoch. */
  takenAtMillis: number;
}

/**
 * Bounds the work for each connection of a server. Clients may send requests without reading the responses (RFC 9112, 9.3.2),
 * and each request holds memory until its response is written out. Node stops reading too late: one chunk of data can contain
 * some thousand requests.
 */
export class Connections {
  readonly #deps: ConnectionsDeps;
  readonly #connections = new Map<Socket, Connection>();

  constructor(deps: ConnectionsDeps) {
    this.#deps = deps;
  }

  /** Watches a server's connections while it listens. */
  watch(server: Server): void {
    const connections = this.#connections;
    // One listener for all sockets, since each holds its own for as long as it is open.
    function forget(this: Socket): void {
      connections.delete(this);
    }
    server.on("connection", (socket: Socket) => {
      connections.set(socket, { inFlight: 0, takenBytes: -1, takenAtMillis: 0 });
      socket.on("close", forget);
    });
    server.on("listening", () => {
      const timer = setInterval(() => this.#closeUnread(), lookMillis).unref();
      server.once("close", () => clearInterval(timer));
    });
  }

  /** Returns whether the server should handle the request. A request beyond `MAX_PIPELINED_REQUESTS` closes its connection. */
  admit({ socket }: IncomingMessage, response: ServerResponse): boolean {
    const connection = this.#connections.get(socket);
    // After a connection is closed, Node still passes on the requests that have arrived already.
    if (connection === undefined || socket.destroyed) return false;
    if (connection.inFlight >= this.#deps.config.maxPipelinedRequests) {
      this.#close(socket, "too many requests at once");
      return false;
    }
    connection.inFlight += 1;
    response.on("finish", () => {
      connection.inFlight -= 1;
    });
    return true;
  }

  #closeUnread(): void {
    const now = this.#deps.clock.now().getTime();
    const waitMillis = this.#deps.config.unreadAnswerTimeoutSeconds * 1000;
    // `for … of` would make an array for each connection each second.
    this.#connections.forEach((connection, socket) => {
      if (socket.writableLength === 0) connection.takenBytes = -1;
      else if (isTaken(socket, connection)) connection.takenAtMillis = now;
      else if (now - connection.takenAtMillis >= waitMillis) this.#close(socket, "answers not read");
    });
  }

  #close(socket: Socket, reason: string): void {
    this.#deps.log.info({ ip: socket.remoteAddress, reason }, "connection closed");
    socket.destroy();
  }
}

/** Whether the client has accepted bytes since the last check. */
function isTaken(socket: Socket, connection: Connection): boolean {
  const takenBytes = socket.bytesWritten - socket.writableLength;
  if (takenBytes === connection.takenBytes) return false;
  connection.takenBytes = takenBytes;
  return true;
}
