import type { TRPCRouterRecord } from "@trpc/server";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure } from "../../rpc/procedures.ts";
import { sudoInput, sudoOutput } from "./schema.ts";
import { stepUp } from "./service.ts";

/** Authenticates the user again, for calls that take a recent authentication. */
export const sudoProcedures = {
  sudo: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/sudo",
        tags: ["Authentication"],
        summary: "Prove again who you are, in this session",
        description:
          "For a while the session then may do what is answered with `STEP_UP_REQUIRED` otherwise; so may one that has just been signed in. Send what one of that answer's `methods` asks for: `password` for `pwd`, `code` or `recoveryCode` for `otp`, `magicLinkToken` for `email`, `passkey` for `passkey`, which answers the options of `POST /v1/auth/passkeys/sudo/options`. With a second factor or a passkey the session also meets what roles require.",
      },
      limits: [callLimits.passwordProof],
      secondFactor: "exempt",
      errors: [
        "CURRENT_PASSWORD_INVALID",
        "SECOND_FACTOR_INVALID",
        "MAGIC_LINK_INVALID",
        "PASSKEY_INVALID",
        "TOO_MANY_REQUESTS",
      ],
      audit: [
        "session.reauthenticated",
        "second_factor.recovery_code_used",
        "passkey.counter_regressed",
        "user.second_factor_reset_canceled",
      ],
    })
    .input(sudoInput)
    .output(sudoOutput)
    .mutation(({ ctx, input }) => stepUp(ctx.deps, { actor: ctx.actor, ip: ctx.request.ip }, input)),
} satisfies TRPCRouterRecord;
