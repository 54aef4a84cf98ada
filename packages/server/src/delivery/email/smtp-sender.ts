import { createTransport, type SMTPTransportOptions } from "nodemailer";
import { JobFailure } from "../../jobs/index.ts";
import type { MailConfig } from "../config.ts";
import type { MailMessage, MailSender } from "./mail-sender.ts";

/** A mail server that takes longer is as good as unreachable; the job tries again. In milliseconds. */
const connectionTimeoutMillis = 10_000;
const idleTimeoutMillis = 30_000;

type SmtpConfig = Extract<MailConfig, { kind: "smtp" }>;

/** Hands mails to a server by SMTP (RFC 5321), each over a connection of its own. */
export function createSmtpSender(config: SmtpConfig): MailSender {
  const transport = createTransport(transportOptions(config));
  return {
    async send(message) {
      try {
        await transport.sendMail(toMime(config, message));
      } catch (error) {
        throw toJobFailure(error);
      }
    },
  };
}

function transportOptions({ url, requireTls }: SmtpConfig): SMTPTransportOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  return {
    // The URL of an IPv6 address has it in brackets.
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // Either TLS or none: an attacker on the way could take away what is merely offered.
    requireTLS: requireTls,
    ignoreTLS: !requireTls,
    ...(username === "" ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    dnsTimeout: connectionTimeoutMillis,
    connectionTimeout: connectionTimeoutMillis,
    greetingTimeout: connectionTimeoutMillis,
    socketTimeout: idleTimeoutMillis,
    // A message never names a file or an address to be read into it.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function toMime({ from }: SmtpConfig, { id, to, subject, html, text }: MailMessage) {
  const [, domain] = from.address.split("@");
  return {
    // An object, so that the address is not parsed as a list of them.
    from: { name: from.name, address: from.address },
    to: { name: "", address: to },
    subject,
    html,
    text,
    // The same at each try, so that whoever gets the mail twice can tell.
    messageId: `<${id}@${domain}>`,
    headers: {
      // Nobody's holiday notice should answer (RFC 3834; the second is Microsoft's).
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
  };
}

/**
 * Permanent replies that are not about the message: to a command out of turn, and to how we sign in to the mail server
 * (RFC 4954), which an operator mends.
 */
const retriedReplies: readonly number[] = [503, 530, 534, 535, 538];

function toJobFailure(cause: unknown): JobFailure {
  const { code, responseCode } = readError(cause);
  const isOfMessage = code === "EENVELOPE" || code === "EMESSAGE";
  // Without a reply nodemailer itself refuses the address: the server could not be sent it.
  const isRefused = responseCode === undefined || (responseCode >= 500 && !retriedReplies.includes(responseCode));
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new JobFailure(`The mail server did not take the mail: ${reason}`, {
    isPermanent: isOfMessage && isRefused,
    cause,
  });
}

function readError(error: unknown): { readonly code: unknown; readonly responseCode: number | undefined } {
  if (!(error instanceof Error)) return { code: undefined, responseCode: undefined };
  const responseCode =
    "responseCode" in error && typeof error.responseCode === "number" ? error.responseCode : undefined;
  return { code: "code" in error ? error.code : undefined, responseCode };
}
