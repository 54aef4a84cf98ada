import type { OutboundRules } from "../../outbound/destination.ts";
import { createDnsResolve } from "../../outbound/dns-resolve.ts";
import { KeptConnections } from "../../outbound/kept-connections.ts";
import { createOutbound, OutboundError } from "../../outbound/outbound.ts";
import type { OutboundResponse } from "../../outbound/pinned-request.ts";
import type { WebPushConfig } from "./config.ts";
import { collapseId, maxTtlSeconds, secondsToLive } from "./delivery-headers.ts";
import type { ServiceSenderOptions } from "./fcm-sender.ts";
import { aborted, deadToken, refused, retryAfterMillis, retryMessage, sent } from "./outcome.ts";
import type { PushContent, PushMessage, PushOutcome, PushServiceSender } from "./push-sender.ts";
import { Vapid } from "./vapid.ts";
import { encryptText, maxTextBytes } from "./web-push-encryption.ts";
import { type Addressed, type Attempt, attemptByOrigin, maxRequestsPerOrigin } from "./web-push-queue.ts";
import { parseSubscription, type WebPushSubscription } from "./web-push-subscription.ts";

interface WebPushOptions extends ServiceSenderOptions {
  /** Where subscriptions may lead. */
  readonly rules: OutboundRules;
}

const maxResponseBytes = 1024;

/**
 * Sends by Web Push (RFC 8030), encrypted for the browser (RFC 8291). Endpoints are addresses that users entered, so requests go
 * through `outbound/`, and no answer makes the messages of others wait: every `retry` is for its message alone.
 */
export function createWebPushSender(config: WebPushConfig, options: WebPushOptions): PushServiceSender {
  const { clock, rules, timeoutMillis } = options;
  const connections = new KeptConnections(maxRequestsPerOrigin);
  const outbound = createOutbound({ rules, timeoutMillis, connections, resolve: createDnsResolve() });
  const vapid = new Vapid(config, clock);

  async function attempt({ message, subscription }: Addressed, signal: AbortSignal): Promise<Attempt> {
    if (signal.aborted) return { outcome: aborted };
    const text = Buffer.from(textOf(message));
    if (text.length > maxTextBytes) return { outcome: refused(`${text.length} bytes; Web Push takes ${maxTextBytes}`) };
    const body = tryEncrypt(text, subscription);
    if (body === undefined) return { outcome: deadToken("the key of the subscription is no point of P-256") };
    const now = clock.now();
    const { endpoint: url } = subscription;
    const headers = {
      ...headersOf(message.content, now),
      authorization: await vapid.authorization(url.origin),
      "content-length": String(body.length),
    };
    const request = { url, method: "POST", headers, body, maxResponseBytes, signal } as const;
    return await outbound.send(request).then((response) => ({ outcome: judge(response, now) }), attemptOfFailure);
  }

  return {
    async send(messages, signal) {
      const addressed = messages.flatMap((message, index): readonly Addressed[] => {
        const subscription = parseSubscription(message.target.token);
        return subscription === undefined ? [] : [{ index, message, subscription }];
      });
      const outcomes = await attemptByOrigin(addressed, (each) => attempt(each, signal));
      return messages.map((_, index) => outcomes.get(index) ?? deadToken("not a subscription of a browser"));
    },
    close: async () => connections.close(),
  };
}

/** What the service worker gets. The id tells it a message that comes twice. */
function textOf({ id, content: { title, body, data, imageUrl: image, link, collapseKey } }: PushMessage): string {
  return JSON.stringify({ id, title, body, data, image, link, tag: collapseKey });
}

function headersOf({ expiresAt, priority, collapseKey }: PushContent, now: Date): Readonly<Record<string, string>> {
  return {
    "content-type": "application/octet-stream",
    "content-encoding": "aes128gcm",
    ttl: String(secondsToLive(expiresAt, { now, maxSeconds: maxTtlSeconds })),
    urgency: priority,
    ...(collapseKey === undefined ? {} : { topic: collapseId(collapseKey) }),
  };
}

function tryEncrypt(text: Uint8Array, subscription: WebPushSubscription): Buffer | undefined {
  try {
    return encryptText(text, subscription);
  } catch {
    return undefined;
  }
}

function judge({ status, headers }: OutboundResponse, now: Date): PushOutcome {
  if (status >= 200 && status < 300) return sent;
  const reason = `the push service answered ${status}`;
  if (status === 404 || status === 410) return deadToken(reason);
  if (status === 429 || status >= 500) return retryMessage(reason, retryAfterMillis(headers["retry-after"], now));
  return refused(reason);
}

function attemptOfFailure(error: unknown): Attempt {
  if (!(error instanceof OutboundError)) throw error;
  switch (error.failure) {
    case "aborted":
      return { outcome: aborted };
    case "refused":
      return { outcome: refused(`the endpoint is not allowed: ${error.message}`) };
    case "unresolved":
    case "unreachable":
    case "timeout":
      return { outcome: retryMessage(`the push service does not answer: ${error.message}`), isSilent: true };
  }
}
