import type { Clock } from "../../clock.ts";
import type { FcmConfig } from "./config.ts";
import { RenewedCredential } from "./credential.ts";
import { fcmRequestBody, toFcmMessage } from "./fcm-message.ts";
import { isUnauthenticated, judgeFcmResponse } from "./fcm-response.ts";
import { fetchAccessToken } from "./google-access-token.ts";
import { Http2Client } from "./http2-client.ts";
import { refused } from "./outcome.ts";
import { eachContent } from "./prepared-content.ts";
import type { PushServiceSender } from "./push-sender.ts";
import { attemptMessage } from "./service-attempt.ts";
import { ServicePause } from "./service-pause.ts";

/** What the senders over HTTP/2 need. */
export interface ServiceSenderOptions {
  readonly clock: Clock;
  /** Milliseconds for a connection, and for each response. */
  readonly timeoutMillis: number;
}

/** Sends by the HTTP v1 API of Firebase Cloud Messaging. It has no idempotency key: a lost answer can mean a second message. */
export function createFcmSender(config: FcmConfig, { clock, timeoutMillis }: ServiceSenderOptions): PushServiceSender {
  const client = new Http2Client({ origin: config.baseUrl, timeoutMillis });
  const path = `/v1/projects/${encodeURIComponent(config.serviceAccount.project_id)}/messages:send`;
  const credential = new RenewedCredential({ clock, make: (now) => fetchAccessToken(config, { now, timeoutMillis }) });
  const deps = { client, credential, pause: new ServicePause(clock) };
  return {
    async send(messages, signal) {
      const prepare = eachContent((content) => toFcmMessage(content, clock.now()));
      const attempts = messages.map(async ({ content, target: { token } }) => {
        const message = prepare(content);
        if ("tooLarge" in message) return refused(message.tooLarge);
        const body = fcmRequestBody(message.json, token);
        return await attemptMessage(deps, {
          request: (accessToken) => ({
            path,
            headers: { authorization: `Bearer ${accessToken}`, "content-type": "application/json" },
            body,
            signal,
          }),
          isExpired: isUnauthenticated,
          judge: (response) => judgeFcmResponse(response, clock.now()),
        });
      });
      return await Promise.all(attempts);
    },
    close: async () => client.close(),
  };
}
