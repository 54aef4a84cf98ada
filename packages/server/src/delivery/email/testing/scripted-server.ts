import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";

interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
}

/** Starts an SMTP server that sends these replies to commands, by their first four letters, and `250 OK` to all others. */
export async function startScriptedServer(replies: Readonly<Record<string, string>>): Promise<ScriptedServer> {
  const server = createServer((socket) => {
    // A client may close the connection at any time.
    socket.on("error", () => undefined);
    socket.write("220 mail.example.com\r\n");
    createInterface({ input: socket }).on("line", (line) => {
      socket.write(`${replies[line.slice(0, 4).toUpperCase()] ?? "250 OK"}\r\n`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
