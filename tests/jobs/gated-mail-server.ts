import { once } from "node:events";
import { text } from "node:stream/consumers";
import { SMTPServer } from "smtp-server";

/** A real SMTP server that takes no mail until its gate opens: until then whoever brings one waits for an answer. */
export interface GatedMailServer extends AsyncDisposable {
  readonly url: string;
  /** The recipient of each mail that was taken, in order. */
  readonly delivered: readonly string[];
  /** Resolves when somebody first brings a mail for the address. */
  broughtFor(address: string): Promise<void>;
  open(): void;
}

/** Starts it on a free port, with its gate closed. */
export async function startGatedMailServer(): Promise<GatedMailServer> {
  const delivered: string[] = [];
  const brought = new Map<string, PromiseWithResolvers<void>>();
  const gate = Promise.withResolvers<void>();
  const broughtFor = (address: string) => {
    const known = brought.get(address) ?? Promise.withResolvers<void>();
    brought.set(address, known);
    return known;
  };
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onRcptTo({ address }, _session, answer) {
      broughtFor(address).resolve();
      void gate.promise.then(() => answer());
    },
    onData(stream, session, answer) {
      void text(stream).then(() => {
        delivered.push(...session.envelope.rcptTo.map(({ address }) => address));
        answer();
      });
    },
  });
  // Connections break when the processes that hold them are killed.
  server.on("error", () => undefined);
  const listening = server.listen(0, "127.0.0.1");
  await once(listening, "listening");
  const address = listening.address();
  if (address === null || typeof address === "string") throw new Error("The mail server has no port");
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    delivered,
    broughtFor: (recipient) => broughtFor(recipient).promise,
    open: gate.resolve,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}
