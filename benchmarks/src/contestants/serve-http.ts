import { once } from "node:events";
import type { Server } from "node:http";

/** Lets a server listen on a free port of this machine; what `serveParent` takes. */
export async function serveHttp(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The server has no port");
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    await once(server, "close");
  };
  return { ready: `http://127.0.0.1:${address.port}`, stop };
}
