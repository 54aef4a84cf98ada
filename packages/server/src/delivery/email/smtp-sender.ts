import { createTransport, type SMTPTransportOptions } from "nodemailer";
import { z } from "zod";
import { JobFailure } from "../../jobs/job.ts";
import type { MailConfig } from "../config.ts";
import type { MailMessage, MailSender } from "./mail-sender.ts";

/** Milliseconds after which the mail server counts as unreachable; the job tries again. */
const connectionTimeoutMillis = 10_000;
const idleTimeoutMillis = 30_000;

type SmtpConfig = Extract<MailConfig, { kind: "smtp" }>;

/** Sends mails by SMTP (RFC 5321), each over its own connection. */
export function createSmtpSender(config: SmtpConfig): MailSender {
  const transport = createTransport(transportOptions(config));
  return {
    async send(message, signal) {
      try {
        await transport.sendMail({ ...toMime(config, message), signal });
      } catch (error) {
        throw toJobFailure(error);
      }
    },
  };
}

/**
 * Connects to the mail server and signs in, with TLS as configured, and sends nothing. Throws the `JobFailure` that a mail
 * would have failed with.
 */
export async function verifySmtp(config: SmtpConfig): Promise<void> {
  const transport = createTransport(transportOptions(config));
  try {
    await transport.verify();
  } catch (error) {
    throw toJobFailure(error);
  } finally {
    transport.close();
  }
}

function transportOptions({ url, requireTls }: SmtpConfig): SMTPTransportOptions {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === "smtps:";
  return {
    // A URL has an IPv6 address in brackets.
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? (secure ? 465 : 587) : Number(port),
    secure,
    // TLS is required or off: an attacker on the path could remove an optional STARTTLS.
    requireTLS: requireTls,
    ignoreTLS: !requireTls,
    ...(username === "" ? {} : { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } }),
    dnsTimeout: connectionTimeoutMillis,
    connectionTimeout: connectionTimeoutMillis,
    greetingTimeout: connectionTimeoutMillis,
    socketTimeout: idleTimeoutMillis,
    // An aborted attempt stops at once, so that shutdown does not wait for a server that does not respond.
    socketCloseTimeout: 0,
    // A message must not include files or URLs.
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function toMime({ from }: SmtpConfig, { id, to, subject, html, text }: MailMessage) {
  const [, domain] = from.address.split("@");
  return {
    // An object, so that the address is not parsed as a list.
    from: { name: from.name, address: from.address },
    to: { name: "", address: to },
    subject,
    html,
    text,
    // The same at every attempt, so that mail programs recognise a duplicate.
    messageId: `<${id}@${domain}>`,
    headers: {
      // Suppresses automatic replies (RFC 3834; the second header is Microsoft's).
      "Auto-Submitted": "auto-generated",
      "X-Auto-Response-Suppress": "All",
    },
  };
}

/** The cause of a failure, without the server's reply text, which quotes the recipient's address. */
interface SmtpFailure {
  /** The library's kind of failure, such as `EENVELOPE`. */
  readonly kind: string;
  /** The last command, such as `RCPT TO`; `API` if the library rejected the mail itself. */
  readonly command: string | undefined;
  /** The reply's three digits. */
  readonly replyCode: number | undefined;
  /** The reply's enhanced code (RFC 3463), such as `5.7.1`. */
  readonly enhancedCode: string | undefined;
  readonly hasReply: boolean;
}

function toJobFailure(error: unknown): JobFailure {
  const failure = readFailure(error);
  const { kind, command, replyCode, enhancedCode } = failure;
  const reason = [replyCode ?? kind, enhancedCode].filter((part) => part !== undefined).join(" ");
  // The error is not set as the cause: it contains the reply and the address.
  return new JobFailure(`SMTP ${reason}${command === undefined ? "" : ` at ${command}`}`, {
    isPermanent: isFinal(failure),
  });
}

/** Whether the message will never be accepted. Errors that an operator can fix are not permanent: authentication and trust. */
function isFinal({ kind, command, replyCode, enhancedCode, hasReply }: SmtpFailure): boolean {
  if (kind !== "EENVELOPE" && kind !== "EMESSAGE") return false;
  // The library itself rejects a mail that cannot be sent to any server.
  if (replyCode === undefined) return !hasReply && (command === "API" || kind === "EMESSAGE");
  if (replyCode < 500 || retriedReplies.includes(replyCode) || command === "MAIL FROM") return false;
  // 5.7 means missing permission (RFC 3463); without enhanced codes, a 554 before the content means the same.
  const isPolicy = enhancedCode?.startsWith("5.7.") ?? (replyCode === 554 && command === "RCPT TO");
  return !isPolicy;
}

/**
 * Permanent replies that are not about the message: bad sequence of commands, and authentication (RFC 4954), which an operator
 * can fix.
 */
const retriedReplies: readonly number[] = [503, 530, 534, 535, 538];

/** Accepts only names that the library uses, never text of a server. */
const failureSchema = z.object({
  code: z.string().regex(/^\w+$/).catch("failure"),
  command: z
    .string()
    .regex(/^[\w -]+$/)
    .optional()
    .catch(undefined),
  responseCode: z.int().optional().catch(undefined),
  response: z.string().catch(""),
});

function readFailure(error: unknown): SmtpFailure {
  const { code, command, responseCode, response } = failureSchema.parse(error instanceof Error ? error : {});
  const [, enhancedCode] = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})\b/.exec(response) ?? [];
  return { kind: code, command, replyCode: responseCode, enhancedCode, hasReply: response !== "" };
}
