import { z } from "zod";
import type { Http2Response } from "./http2-session.ts";
import { deadToken, refused, retryAfterMillis, retryMessage, retryService, sent } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";

const errorSchema = z.object({
  reason: z
    .string()
    .regex(/^[A-Za-z]{1,60}$/)
    .catch("unknown"),
  /** Milliseconds since 1970; with 410, when APNs last knew that the token was not valid any more. */
  timestamp: z.number().optional().catch(undefined),
});

/** Milliseconds between two provider tokens that APNs asks for. */
const tokenPauseMillis = 20 * 60_000;

/** What tells whether a token that APNs calls bad is of another environment. */
export interface ApnsJudge {
  readonly now: Date;
  readonly tokenSince: Date;
  /** Whether APNs has taken most messages of this sender so far. */
  readonly isRightEnvironment: boolean;
}

/** Whether APNs says that the provider token has expired. */
export function isProviderTokenExpired({ status, body }: Http2Response): boolean {
  return status === 403 && errorOf(body).reason === "ExpiredProviderToken";
}

/** Whether APNs calls the device token bad. */
export function isBadDeviceToken({ status, body }: Http2Response): boolean {
  return status === 400 && errorOf(body).reason === "BadDeviceToken";
}

/** Says what APNs' response means; "Handling notification responses from APNs" in Apple's documentation. */
export function judgeApnsResponse(response: Http2Response, judge: ApnsJudge): PushOutcome {
  const { status } = response;
  if (status === 200) return sent;
  const { reason: name, timestamp } = errorOf(response.body);
  const reason = `APNs answered ${status} ${name}`;
  const afterMillis = retryAfterMillis(response.retryAfter, judge.now);
  switch (status) {
    case 400:
      return name === "BadDeviceToken" ? judgeBadToken(reason, judge) : refused(reason);
    case 410: {
      // The installation has registered again since, and Apple lets such a token be used.
      const isOlder = timestamp !== undefined && timestamp < judge.tokenSince.getTime();
      return isOlder ? retryMessage(`${reason} of an earlier registration`, afterMillis) : deadToken(reason);
    }
    case 429:
      return name === "TooManyProviderTokenUpdates"
        ? retryService(reason, afterMillis ?? tokenPauseMillis)
        : retryMessage(reason, afterMillis);
    default:
      return status >= 500 ? retryService(reason, afterMillis) : refused(reason);
  }
}

/** A whole environment of tokens is bad if this server speaks with the other one. Then none of them may be forgotten. */
function judgeBadToken(reason: string, { isRightEnvironment }: ApnsJudge): PushOutcome {
  return isRightEnvironment
    ? deadToken(reason)
    : refused(`${reason}: the token is bad, or of the other environment (APNS_BASE_URL)`);
}

function errorOf(body: string) {
  try {
    return errorSchema.parse(JSON.parse(body));
  } catch {
    return { reason: "unknown", timestamp: undefined };
  }
}
