import { z } from "zod";
import type { Http2Response } from "./http2-session.ts";
import { deadToken, refused, retryAfterMillis, retryMessage, retryService, sent } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";

const code = z.string().regex(/^[A-Z_]{1,60}$/);

/** The error of Google's APIs, with the details that matter here. */
const errorSchema = z.object({
  error: z.object({
    status: code.optional().catch(undefined),
    message: z.string().catch(""),
    details: z
      .array(
        z.object({
          "@type": z.string().catch(""),
          errorCode: code.optional().catch(undefined),
          fieldViolations: z.array(z.object({ field: z.string().catch("") })).catch([]),
          violations: z.array(z.object({ subject: z.string().catch(""), description: z.string().catch("") })).catch([]),
        }),
      )
      .catch([]),
  }),
});

type FcmFailure = z.output<typeof errorSchema>["error"];

/** Milliseconds that FCM asks to wait after a 429 without `Retry-After`. */
const quotaPauseMillis = 60_000;

/** Whether FCM does not accept the access token. */
export function isUnauthenticated(response: Http2Response): boolean {
  return response.status === 401 && errorCodeOf(failureOf(response.body)) !== "THIRD_PARTY_AUTH_ERROR";
}

/** Says what FCM's response means for the message; https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode */
export function judgeFcmResponse(response: Http2Response, now: Date): PushOutcome {
  const { status } = response;
  if (status === 200) return sent;
  const failure = failureOf(response.body);
  const name = errorCodeOf(failure) ?? failure?.status;
  const reason = `FCM answered ${status}${name === undefined ? "" : ` ${name}`}`;
  const afterMillis = retryAfterMillis(response.retryAfter, now);
  if (status === 429) {
    return isOfDevice(failure)
      ? retryMessage(reason, afterMillis ?? quotaPauseMillis)
      : retryService(reason, afterMillis ?? quotaPauseMillis);
  }
  if (status >= 500) return retryService(reason, afterMillis);
  if (status === 404 && errorCodeOf(failure) === "UNREGISTERED") return deadToken(reason);
  if (status === 400 && isAboutToken(failure)) return deadToken(`${reason}: not a registration token`);
  return refused(reason);
}

function failureOf(body: string): FcmFailure | undefined {
  try {
    return errorSchema.safeParse(JSON.parse(body)).data?.error;
  } catch {
    return undefined;
  }
}

function errorCodeOf(failure: FcmFailure | undefined): string | undefined {
  return failure?.details.find((detail) => detail["@type"].endsWith("google.firebase.fcm.v1.FcmError"))?.errorCode;
}

/**
 * Whether FCM refuses the token itself. It says `INVALID_ARGUMENT` in an `FcmError` of a message that is too large, too, so
 * that only the field or the sentence tells them apart. In doubt the token lives: FCM says `UNREGISTERED` of a dead one.
 */
function isAboutToken(failure: FcmFailure | undefined): boolean {
  if (failure === undefined || errorCodeOf(failure) !== "INVALID_ARGUMENT") return false;
  const fields = failure.details.flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  if (fields.length > 0) return fields.every((field) => field === "message.token");
  return /registration token/i.test(failure.message);
}

/** Whether one device has had too many messages, rather than the project. */
function isOfDevice(failure: FcmFailure | undefined): boolean {
  const violations = failure?.details.flatMap((detail) => detail.violations) ?? [];
  return violations.some(({ subject, description }) => /device/i.test(`${subject} ${description}`));
}
