import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";

interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
}

/** An SMTP server that answers commands, by their first four letters, in these words, and all others with `250 OK`. */
export async function startScriptedServer(replies: Readonly<Record<string, string>>): Promise<ScriptedServer> {
  const server = createServer((socket) => {
    // A client may leave whenever it likes.
    socket.on("error", () => undefined);
    socket.write("220 mail.example.com\r\n");
    createInterface({ input: socket }).on("line", (line) => {
      socket.write(`${replies[line.slice(0, 4).toUpperCase()] ?? "250 OK"}\r\n`);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  // Not a pipe: it listens on a port.
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}
