import { randomUUID } from "node:crypto";
import { lookup } from "node:dns/promises";
import type { Config } from "../config.ts";
import { isLoopbackUrl } from "../config-formats.ts";
import { JobFailure } from "../jobs/job.ts";
import { pictureSizes } from "../picture/picture.ts";
import { isSharpInstalled } from "../picture/sharp-encoder.ts";
import { type Finding, failed, named, ok, reasonOf, warning } from "./finding.ts";

/** Milliseconds after which a service counts as unreachable. */
const timeoutMillis = 5000;

/** Whether the mail server can be reached, offers TLS if it must, and accepts the account. No mail is sent. */
export async function checkMail({ mail, environment }: Pick<Config, "mail" | "environment">): Promise<Finding> {
  return await named("mail", async () => {
    if (mail.kind === "outbox") return ok(`Mail goes to /dev/outbox, since NODE_ENV is ${environment}.`);
    if (mail.kind === "none") return warning("No mail is sent.", "Set SMTP_URL and MAIL_FROM.");
    const { host } = new URL(mail.url);
    try {
      // Operators without a mail server need not load its client.
      const { verifySmtp } = await import("../delivery/email/smtp-sender.ts");
      await verifySmtp(mail);
    } catch (error) {
      if (!(error instanceof JobFailure)) throw error;
      return failed(`${host} does not accept mail: ${error.message}.`, remedyOf(error.message));
    }
    const tls = mail.url.startsWith("smtps:") ? "TLS" : mail.requireTls ? "STARTTLS" : "no TLS";
    return ok(`${host} accepts mail from this server, with ${tls}.`);
  });
}

function remedyOf(reason: string): string {
  if (/EAUTH|\b53[045]\b/.test(reason)) return "Correct the user and the password in SMTP_URL.";
  if (reason.includes("ETLS")) return "Let the mail server offer STARTTLS, or use smtps:// in SMTP_URL.";
  return "Check SMTP_URL, and that this machine may connect to it.";
}

/** Whether Twilio accepts the account. No message is sent. */
export async function checkSms({ sms, environment }: Pick<Config, "sms" | "environment">): Promise<Finding> {
  return await named("sms", async () => {
    if (sms.kind === "outbox") return ok(`Messages go to /dev/outbox, since NODE_ENV is ${environment}.`);
    if (sms.kind === "none") return ok("No messages are sent: TWILIO_ACCOUNT_SID is not set.");
    const { accountSid, authToken, baseUrl } = sms;
    const credentials = Buffer.from(`${accountSid}:${authToken}`).toString("base64");
    const request = {
      headers: { authorization: `Basic ${credentials}` },
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMillis),
    } as const;
    const response = await fetch(`${baseUrl}/2010-04-01/Accounts/${accountSid}.json`, request).catch(reasonOf);
    if (typeof response === "string") {
      return failed(
        `Twilio cannot be reached (${response}).`,
        "Check TWILIO_BASE_URL, and that this machine may connect.",
      );
    }
    await response.body?.cancel();
    if (response.ok) return ok("Twilio accepts the account.");
    return failed(
      `Twilio does not accept the account: it answers ${response.status}.`,
      "Correct TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN.",
    );
  });
}

/** Whether pictures can be decoded and, if they are in a bucket, whether the bucket lets this server read. Nothing is written. */
export async function checkPictures({ pictures }: Pick<Config, "pictures">): Promise<Finding> {
  return await named("pictures", async () => {
    if (!isSharpInstalled()) {
      return warning(
        "The package sharp is not installed, so uploads are refused.",
        "Install the optional dependencies.",
      );
    }
    const { s3, storage } = pictures;
    if (s3 === undefined) return ok("They are kept in the database.");
    // Operators without a bucket need not load its client.
    const { createS3Storage } = await import("../picture/s3-storage.ts");
    try {
      await createS3Storage(s3).get(randomUUID(), pictureSizes[0]);
    } catch (error) {
      const remedy = "Check S3_ENDPOINT, S3_REGION, S3_BUCKET and the access key, and that this machine may connect.";
      return failed(`The bucket ${s3.bucket} cannot be read (${reasonOf(error)}).`, remedy);
    }
    const place = storage === "s3" ? "New ones are kept in" : "Older ones are in";
    return ok(`${place} the bucket ${s3.bucket}, which this server can read.`);
  });
}

const minRedisMajor = 6;

/** Whether the Redis that counts limits can be reached. Limits that are counted elsewhere need none. */
export async function checkRedis({ limits }: Pick<Config, "limits">): Promise<Finding | undefined> {
  const { store } = limits;
  if (store.kind !== "redis") return undefined;
  return await named("redis", async () => {
    const found = await readRedisVersion(store.url);
    if ("reason" in found) {
      const remedy = "Check REDIS_URL and that it is running. Until then each server counts limits alone.";
      return failed(`Redis cannot be used (${found.reason}).`, remedy);
    }
    const message = `Redis ${found.version}.`;
    if (Number.parseInt(found.version, 10) >= minRedisMajor) return ok(message);
    return failed(message, `Use Redis ${minRedisMajor} or later.`);
  });
}

async function readRedisVersion(url: string): Promise<{ readonly version: string } | { readonly reason: string }> {
  // Operators without Redis need not load its client.
  const { Redis } = await import("ioredis");
  const options = { lazyConnect: true, connectTimeout: timeoutMillis, commandTimeout: timeoutMillis };
  const redis = new Redis(url, { ...options, maxRetriesPerRequest: 0, retryStrategy: () => null });
  let reason = "no answer";
  // The event has the reason; the call only fails because the connection is closed.
  redis.on("error", (error) => {
    reason = reasonOf(error);
  });
  try {
    await redis.connect();
    const [, version = "unknown"] = /^redis_version:([\d.]+)/m.exec(await redis.info("server")) ?? [];
    return { version };
  } catch (error) {
    return { reason: reason === "no answer" ? reasonOf(error) : reason };
  } finally {
    redis.disconnect();
  }
}

/** Whether callers can reach the server under `PUBLIC_URL`: its name is known, and a server answers there if one runs. */
export async function checkPublicUrl({ publicUrl, environment }: Pick<Config, "publicUrl" | "environment">) {
  return await named("public URL", async () => {
    const isReal = environment === "production" || environment === "staging";
    const isLocal = isLoopbackUrl(publicUrl);
    if (isReal && isLocal) {
      return warning(`${publicUrl} is this machine; nobody else can open the links in mails.`, "Set PUBLIC_URL.");
    }
    const { hostname } = new URL(publicUrl);
    const name = await lookup(hostname.replace(/^\[(.*)\]$/, "$1")).catch(reasonOf);
    if (typeof name === "string") {
      return failed(`The name ${hostname} of PUBLIC_URL is not known (${name}).`, "Correct PUBLIC_URL, or the DNS.");
    }
    return await askServer(publicUrl, isLocal);
  });
}

async function askServer(publicUrl: string, isLocal: boolean) {
  const request = { redirect: "manual", signal: AbortSignal.timeout(timeoutMillis) } as const;
  const response = await fetch(`${publicUrl}/health/ready`, request).catch(reasonOf);
  if (typeof response === "string") {
    if (isLocal) return ok(`No server answers at ${publicUrl} now.`);
    return warning(
      `${publicUrl} does not answer (${response}).`,
      "Start the server, or look into the proxy before it.",
    );
  }
  await response.body?.cancel();
  if (response.ok) return ok(`A server answers at ${publicUrl}, and is ready.`);
  const message = `${publicUrl} answers ${response.status} to /health/ready.`;
  return warning(message, "Look into the log of the server, or the proxy before it.");
}
