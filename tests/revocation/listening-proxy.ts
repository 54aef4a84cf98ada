import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

/** Stands between a server and its database, and decides what becomes of the connection that hears of changed sessions. */
export interface ListeningProxy extends AsyncDisposable {
  /** The address that it was made for, with its own host and port. */
  readonly url: string;
  /** Breaks the listening connection, and each that takes its place. Every other connection goes on. */
  cut(): void;
  /** Leaves the listening connection open, and each that takes its place, and delivers nothing on it. */
  silence(): void;
  /** Lets the next listening connection through. */
  restore(): void;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
}

/** How the listening connection names itself in its first message. */
const listenerName = "gatehouse listener";

/** Passes connections on to the server of an address. */
export async function startListeningProxy(target: string): Promise<ListeningProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const listening = new Set<Pair>();
  let state: "passing" | "cut" | "silent" = "passing";
  const keep = (socket: Socket, other?: Socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => sockets.delete(socket) && other?.destroy());
  };
  const server = createServer((client) => {
    client.once("data", (opening) => {
      const isListener = opening.includes(listenerName);
      if (isListener && state === "cut") return client.destroy();
      if (isListener && state === "silent") return keep(client);
      const upstream = connect(Number(port), hostname);
      keep(client, upstream);
      keep(upstream, client);
      upstream.write(opening);
      client.pipe(upstream).pipe(client);
      if (isListener) listening.add({ client, upstream });
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const ownPort = typeof address === "object" && address !== null ? String(address.port) : port;
  return {
    url: Object.assign(new URL(target), { hostname: "127.0.0.1", port: ownPort }).href,
    cut() {
      state = "cut";
      for (const { client } of listening) client.destroy();
    },
    silence() {
      state = "silent";
      for (const { client, upstream } of listening) {
        client.unpipe(upstream).resume();
        upstream.unpipe(client).resume();
      }
    },
    restore() {
      state = "passing";
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
