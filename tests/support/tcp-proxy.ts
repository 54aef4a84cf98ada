import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { Transform } from "node:stream";

/** A proxy in front of a database, whose connections a test can cut. */
export interface TcpProxy extends AsyncDisposable {
  /** The address of the database, with the proxy's host and port. */
  readonly url: string;
  /** Cuts every connection, and refuses new ones until {@link TcpProxy.restore}. */
  cut(): Promise<void>;
  restore(): Promise<void>;
}

interface TcpProxyOptions {
  /** What becomes of a chunk on its way to the server. Default: it stays as it is. */
  readonly toServer?: (chunk: Buffer) => Buffer;
}

/** Passes connections on to the server of an address. */
export async function startTcpProxy(target: string, { toServer }: TcpProxyOptions = {}): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    const edited = toServer === undefined ? client : client.pipe(edits(toServer));
    edited.pipe(upstream);
    upstream.pipe(client);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => sockets.delete(socket) && other.destroy());
    }
  });
  const listen = async (on: number) => {
    server.listen(on, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    return typeof address === "object" && address !== null ? address.port : on;
  };
  const ownPort = await listen(0);
  const cut = async () => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, "close");
  };
  const url = Object.assign(new URL(target), { hostname: "127.0.0.1", port: String(ownPort) }).href;
  return { url, cut, restore: async () => void (await listen(ownPort)), [Symbol.asyncDispose]: cut };
}

function edits(edit: (chunk: Buffer) => Buffer): Transform {
  return new Transform({ transform: (chunk: Buffer, _encoding, done) => done(null, edit(chunk)) });
}
