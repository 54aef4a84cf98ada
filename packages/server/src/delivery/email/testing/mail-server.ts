import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

/**
 * A certificate for localhost and 127.0.0.1, valid from 2024 to 2124. Its key is public, and no client trusts it by default.
 */
const cert = readFileSync(new URL("test-only-certificate.pem", import.meta.url), "utf8");
const key = readFileSync(new URL("test-only-key.pem", import.meta.url), "utf8");

/** Makes this process trust the certificate of {@link startMailServer}, in addition to the bundled ones. */
export function trustTestCertificate(): void {
  setDefaultCACertificates([...getCACertificates("bundled"), cert]);
}

interface MailServerOptions {
  /** TLS from the start, by STARTTLS, or not at all. Default `none`. */
  readonly tls?: "none" | "starttls" | "from-the-start";
  /** The account that may send; without it every client may. */
  readonly account?: { readonly user: string; readonly password: string };
  /** Default: a free port. */
  readonly port?: number;
  /** Returns the error that rejects a recipient, or `undefined` to accept the mail. Called for each attempt. */
  readonly refuse?: (recipient: string) => { readonly responseCode: number; readonly message: string } | undefined;
}

/** A mail as it arrived. */
interface ReceivedMail {
  readonly recipients: readonly string[];
  readonly isEncrypted: boolean;
  readonly user: unknown;
  /** Headers and body. */
  readonly source: string;
}

/** A running mail server. */
export interface MailServer extends AsyncDisposable {
  readonly port: number;
  readonly received: readonly ReceivedMail[];
  /** Connections so far. */
  readonly connections: () => number;
}

/** Starts a real SMTP server on 127.0.0.1 that keeps the mails it accepts. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...smtpOptions(options),
    onConnect(_session, done) {
      connections++;
      done();
    },
    onData(stream, session, done) {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      const { secure: isEncrypted, user } = session;
      buffer(stream).then((source) => {
        received.push({ recipients, isEncrypted, user, source: source.toString() });
        done();
      }, done);
    },
  });
  // Some tests make the client abort the TLS handshake.
  server.on("error", () => undefined);
  server.listen(options.port ?? 0, "127.0.0.1");
  await once(server.server, "listening");
  // The server listens on a port, not on a pipe.
  const { port } = server.server.address() as AddressInfo;
  return {
    port,
    received,
    connections: () => connections,
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(resolve)),
  };
}

function smtpOptions({ tls = "none", account, refuse }: MailServerOptions): SMTPServerOptions {
  return {
    secure: tls === "from-the-start",
    cert,
    key,
    disabledCommands: [...(tls === "none" ? ["STARTTLS"] : []), ...(account === undefined ? ["AUTH"] : [])],
    authOptional: account === undefined,
    allowInsecureAuth: tls === "none",
    closeTimeout: 100,
    onAuth({ username, password }, _session, done) {
      if (username === account?.user && password === account?.password) return done(null, { user: username });
      return done(Object.assign(new Error("Invalid username or password"), { responseCode: 535 }));
    },
    onRcptTo({ address }, _session, done) {
      const refusal = refuse?.(address);
      if (refusal === undefined) return done();
      return done(Object.assign(new Error(refusal.message), { responseCode: refusal.responseCode }));
    },
  };
}
