import { once } from "node:events";
import type { Server } from "node:http";

/** A server of a test's own on a free port of 127.0.0.1, closed with it. */
interface ListeningServer extends AsyncDisposable {
  readonly url: string;
}

/** Lets the server listen. */
export async function listenOn(server: Server): Promise<ListeningServer> {
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  return {
    url: `http://127.0.0.1:${address.port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await server[Symbol.asyncDispose]();
    },
  };
}
