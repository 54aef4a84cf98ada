import { createTransport, type SMTPTransportOptions } from "nodemailer";
import { z } from "zod";
import { JobFailure } from "../../jobs/job.ts";
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
    async send(message, signal) {
      try {
        await transport.sendMail({ ...toMime(config, message), signal });
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
    // What is aborted stops at once: a process that ends must not wait for a server that does not answer.
    socketCloseTimeout: 0,
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

/** What is known of a failure, without the words of the server, which quote the recipient's address. */
interface SmtpFailure {
  /** The library's kind of failure, such as `EENVELOPE`. */
  readonly kind: string;
  /** The last command, such as `RCPT TO`; `API` where the library did not even ask the server. */
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
  // Not the error as the cause, either: it holds the reply and the address.
  return new JobFailure(`SMTP ${reason}${command === undefined ? "" : ` at ${command}`}`, {
    isPermanent: isFinal(failure),
  });
}

/** Whether the message will never be taken. What an operator mends is not final: who we are, and whom the server trusts. */
function isFinal({ kind, command, replyCode, enhancedCode, hasReply }: SmtpFailure): boolean {
  if (kind !== "EENVELOPE" && kind !== "EMESSAGE") return false;
  // The library itself refuses what no server could be sent.
  if (replyCode === undefined) return !hasReply && (command === "API" || kind === "EMESSAGE");
  if (replyCode < 500 || retriedReplies.includes(replyCode) || command === "MAIL FROM") return false;
  // 5.7 is about what the server allows us (RFC 3463); before the content, 554 is what it says without such a code.
  const isPolicy = enhancedCode?.startsWith("5.7.") ?? (replyCode === 554 && command === "RCPT TO");
  return !isPolicy;
}

/**
 * Permanent replies that are not about the message: to a command out of turn, and to how we sign in to the mail server
 * (RFC 4954), which an operator mends.
 */
const retriedReplies: readonly number[] = [503, 530, 534, 535, 538];

/** Names that the library gives, and nothing that a server could have written. */
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
