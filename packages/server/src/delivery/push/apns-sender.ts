import { createPrivateKey } from "node:crypto";
import { SignJWT } from "jose";
import { addSeconds } from "../../clock.ts";
import { isBadDeviceToken, isProviderTokenExpired, judgeApnsResponse } from "./apns-response.ts";
import type { ApnsConfig } from "./config.ts";
import { RenewedCredential } from "./credential.ts";
import { collapseId } from "./delivery-headers.ts";
import type { ServiceSenderOptions } from "./fcm-sender.ts";
import { Http2Client } from "./http2-client.ts";
import type { Http2Response } from "./http2-session.ts";
import { deadToken, refused } from "./outcome.ts";
import { eachContent } from "./prepared-content.ts";
import type { PushContent, PushMessage, PushOutcome, PushServiceSender } from "./push-sender.ts";
import { attemptMessage } from "./service-attempt.ts";
import { ServicePause } from "./service-pause.ts";

/** The most bytes of a payload. */
const maxPayloadBytes = 4096;

/** Seconds after which another provider token is made; Apple wants them 20 to 60 minutes old. */
const renewalSeconds = 40 * 60;
const expirySeconds = 60 * 60;

/** Sends by the Apple Push Notification service, with provider tokens. */
export function createApnsSender(
  config: ApnsConfig,
  { clock, timeoutMillis }: ServiceSenderOptions,
): PushServiceSender {
  const client = new Http2Client({ origin: config.baseUrl, timeoutMillis });
  const credential = new RenewedCredential({ clock, make: (now) => signProviderToken(config, now) });
  const deps = { client, credential, pause: new ServicePause(clock) };
  const environment = new EnvironmentGuess();

  const attempt = async (message: PushMessage, request: ApnsRequest, signal: AbortSignal): Promise<PushOutcome> => {
    const { token, tokenSince } = message.target;
    if (!/^[0-9a-f]{2,512}$/i.test(token)) return deadToken("not a device token of APNs");
    return await attemptMessage(deps, {
      request: (providerToken) => {
        const headers = { ...request.headers, authorization: `bearer ${providerToken}`, "apns-id": message.id };
        return { path: `/3/device/${token}`, headers, body: request.body, signal };
      },
      isExpired: isProviderTokenExpired,
      judge(response) {
        environment.count(response);
        const { isRight: isRightEnvironment } = environment;
        return judgeApnsResponse(response, { now: clock.now(), tokenSince, isRightEnvironment });
      },
    });
  };

  return {
    async send(messages, signal) {
      const prepare = eachContent((content) => toApnsRequest(content, config.topic));
      const attempts = messages.map(async (message) => {
        const request = prepare(message.content);
        return "tooLarge" in request ? refused(request.tooLarge) : await attempt(message, request, signal);
      });
      return await Promise.all(attempts);
    },
    close: async () => client.close(),
  };
}

/**
 * Whether the tokens that this process sees are of the environment (production or development) that it speaks with: most of
 * those that APNs has judged are good.
 */
class EnvironmentGuess {
  #good = 0;
  #bad = 0;

  count(response: Http2Response): void {
    if (response.status === 200) this.#good += 1;
    else if (isBadDeviceToken(response)) this.#bad += 1;
  }

  get isRight(): boolean {
    return this.#good >= this.#bad && this.#good > 0;
  }
}

async function signProviderToken({ key, keyId, teamId }: ApnsConfig, now: Date) {
  const issuedAt = Math.floor(now.getTime() / 1000);
  const value = await new SignJWT()
    .setProtectedHeader({ alg: "ES256", kid: keyId })
    .setIssuer(teamId)
    .setIssuedAt(issuedAt)
    .sign(createPrivateKey(key));
  return { value, renewAt: addSeconds(now, renewalSeconds), expiresAt: addSeconds(now, expirySeconds) };
}

interface ApnsRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The request of all messages with this content. The app finds `data`, `link` and `image` beside `aps`. */
function toApnsRequest(content: PushContent, topic: string): ApnsRequest | { readonly tooLarge: string } {
  const { title, body: text, data, imageUrl: image, link, priority, collapseKey, expiresAt } = content;
  const aps = {
    alert: { title, body: text },
    sound: "default",
    // Lets the app's extension load the image.
    ...(image === undefined ? {} : { "mutable-content": 1 }),
  };
  const body = JSON.stringify({ aps, data, link, image });
  const bytes = Buffer.byteLength(body);
  if (bytes > maxPayloadBytes) return { tooLarge: `${bytes} bytes; APNs takes ${maxPayloadBytes}` };
  const headers = {
    "apns-topic": topic,
    "apns-push-type": "alert",
    "apns-priority": priority === "high" ? "10" : "5",
    "apns-expiration": String(Math.floor(expiresAt.getTime() / 1000)),
    ...(collapseKey === undefined ? {} : { "apns-collapse-id": collapseId(collapseKey) }),
  };
  return { headers, body };
}
