import { z } from "zod";
import { JobFailure } from "../../jobs/job.ts";
import type { SmsConfig } from "../config.ts";
import type { SmsSender } from "./sms-sender.ts";

/** In milliseconds. */
const requestTimeoutMillis = 10_000;

/** A longer `Retry-After` of the provider is shortened to an hour. */
const maxRetryAfterSeconds = 60 * 60;

type TwilioConfig = Extract<SmsConfig, { kind: "twilio" }>;

/** Twilio's response to an accepted message. */
const acceptedSchema = z.object({ sid: z.string() });

/** Twilio's response to a rejected message; https://www.twilio.com/docs/api/errors explains the codes. */
const refusalSchema = z.object({ code: z.number() });

/**
 * Sends by Twilio's Messages API. The API has no idempotency key: if its response is lost, the next attempt sends the message a
 * second time.
 */
export function createTwilioSender(config: TwilioConfig): SmsSender {
  const url = `${config.baseUrl}/2010-04-01/Accounts/${config.accountSid}/Messages.json`;
  const credentials = Buffer.from(`${config.accountSid}:${config.authToken}`).toString("base64");
  return {
    async send({ to, text }, signal) {
      const response = await post(url, {
        headers: { authorization: `Basic ${credentials}`, accept: "application/json" },
        body: new URLSearchParams({ To: to, ...senderField(config.from), Body: text }),
        signal,
      });
      if (!response.ok) throw await toJobFailure(response);
      const answer = acceptedSchema.safeParse(await readJson(response));
      if (!answer.success) throw new JobFailure("The answer is not one of Twilio's");
    },
  };
}

function senderField(from: string): Record<string, string> {
  return from.startsWith("MG") && from.length === 34 ? { MessagingServiceSid: from } : { From: from };
}

async function post(
  url: string,
  { signal, ...init }: RequestInit & { readonly signal: AbortSignal },
): Promise<Response> {
  try {
    // Twilio does not redirect, and no other server may receive the credentials.
    const either = AbortSignal.any([signal, AbortSignal.timeout(requestTimeoutMillis)]);
    return await fetch(url, { method: "POST", redirect: "error", signal: either, ...init });
  } catch (cause) {
    throw new JobFailure(signal.aborted ? "The attempt was aborted" : "Twilio cannot be reached", { cause });
  }
}

/** 400 is permanent, such as for a number that does not exist. Other errors are temporary, or the operator can fix them. */
async function toJobFailure(response: Response): Promise<JobFailure> {
  const refusal = refusalSchema.safeParse(await readJson(response));
  // Twilio's message quotes the number; its code says the same without it.
  const reason = refusal.success ? `, code ${refusal.data.code}` : "";
  return new JobFailure(`Twilio answered ${response.status}${reason}`, {
    isPermanent: response.status === 400,
    retryAfterSeconds: retryAfterOf(response),
  });
}

function retryAfterOf({ headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) && seconds >= 0 ? Math.min(Math.ceil(seconds), maxRetryAfterSeconds) : undefined;
}

async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return undefined;
  }
}
