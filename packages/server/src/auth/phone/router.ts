import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure } from "../../rpc/procedures.ts";
import { sendPhoneCodeInput, verifyPhoneInput } from "./schema.ts";
import { sendPhoneCode, verifyPhone } from "./service.ts";

const tags = ["Telephone number"];

/** The account's telephone number. */
export const phoneRouter = {
  sendCode: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/phone",
        tags,
        summary: "Have a code sent that proves a number",
        description:
          "Where the account has a number already, which this one replaces, it takes a recent proof of who calls.",
      },
      errors: ["ANONYMOUS_ACCOUNT", "STEP_UP_REQUIRED", "TOO_MANY_REQUESTS", "SMS_NOT_CONFIGURED"],
      audit: ["phone.code_requested"],
    })
    .input(sendPhoneCodeInput)
    .output(z.void())
    .mutation(({ ctx, input }) => sendPhoneCode(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip }, input)),

  verify: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/phone/verify",
        tags,
        summary: "Prove a number by the code",
        description: "Takes the code of the last message to the number. A few wrong codes end it.",
      },
      limits: [callLimits.redemption],
      errors: ["PHONE_CODE_INVALID", "PHONE_TAKEN", "TOO_MANY_REQUESTS"],
      audit: ["user.phone_verified"],
    })
    .input(verifyPhoneInput)
    .output(z.void())
    .mutation(({ ctx, input }) => verifyPhone(ctx.deps, ctx.actor, input.code)),
} satisfies TRPCRouterRecord;
