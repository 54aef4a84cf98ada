import { z } from "zod";
import { deadToken, refused, retryMessage, sent } from "./outcome.ts";
import type { PushOutcome } from "./push-sender.ts";

const errorName = z.string().regex(/^[A-Za-z_]{1,60}$/);

const failed = z.object({
  status: z.literal("error"),
  details: z.object({ error: errorName.optional().catch(undefined) }).catch({ error: undefined }),
});

/** What Expo says of each message at once. */
const ticketSchema = z.discriminatedUnion("status", [
  z.object({ status: z.literal("ok"), id: z.string().min(1).max(100) }),
  failed,
]);

/** What Expo says of a message later, when Apple or Google have taken it. */
const receiptSchema = z.discriminatedUnion("status", [z.object({ status: z.literal("ok") }), failed]);

/** Turns a ticket into an outcome. One that cannot be understood is `retry`, since the message may not have been taken. */
export function judgeTicket(answer: unknown): PushOutcome {
  const ticket = ticketSchema.safeParse(answer).data;
  if (ticket === undefined) return retryMessage("the ticket is not one of Expo's");
  return ticket.status === "ok" ? { status: "sent", receiptId: ticket.id } : judgeError(ticket.details.error);
}

/** Turns a receipt into an outcome; `undefined` without one, and if it cannot be understood. */
export function judgeReceipt(answer: unknown): PushOutcome | undefined {
  const receipt = receiptSchema.safeParse(answer).data;
  if (receipt === undefined) return undefined;
  return receipt.status === "ok" ? sent : judgeError(receipt.details.error);
}

/** https://docs.expo.dev/push-notifications/sending-notifications/#individual-errors */
function judgeError(error: string | undefined): PushOutcome {
  const reason = `Expo says ${error ?? "that it failed"}`;
  switch (error) {
    case "DeviceNotRegistered":
      return deadToken(reason);
    case "MessageTooBig":
    case "MismatchSenderId":
    case "InvalidCredentials":
    case "DeveloperError":
      return refused(reason);
    default:
      // MessageRateExceeded, and what Apple or Google could not do just now.
      return retryMessage(reason);
  }
}
