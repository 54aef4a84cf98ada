import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, factorProcedure, publicProcedure } from "../../rpc/procedures.ts";
import { requestOptionsSchema } from "../passkey/schema.ts";
import { withTransport } from "../session/transport.ts";
import { enableEmailCodes } from "./email.ts";
import { sendChallengeCode } from "./email-code.ts";
import { confirmTotp, disableFactor, enrolTotp, replaceCodes } from "./enrol.ts";
import { challengePasskeyOptions, enablePasskeys } from "./passkeys.ts";
import { challengeInput, confirmTotpInput, enrolTotpOutput, mfaStatusOutput, recoveryCodesOutput } from "./schema.ts";
import { getMfaStatus } from "./status.ts";
import { completeChallenge } from "./verify.ts";
import { verifyInput, verifyOutput } from "./verify-schema.ts";

const tags = ["Second factor"];

/** The second factors of an account, and the sign-ins that take one. */
export const mfaRouter = {
  status: authedProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/mfa",
        tags,
        summary: "The second factors of the account",
        description:
          "Which factors are set up, how many recovery codes are left, whether a role of the user requires a factor, and when a reset by an operator takes effect.",
      },
      secondFactor: "exempt",
    })
    .input(z.void())
    .output(mfaStatusOutput)
    .query(({ ctx }) => getMfaStatus(ctx.deps, ctx.actor)),

  verify: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/mfa/verify",
        tags,
        summary: "Complete a sign-in with a second factor",
        description:
          "Answers the challenge of a sign-in that was answered with `mfa_required`. How long the session lasts and which device it is on were said there. A challenge has five guesses in five minutes.",
      },
      limits: [callLimits.redemption],
      errors: [
        "MFA_CHALLENGE_INVALID",
        "SECOND_FACTOR_INVALID",
        "PASSKEY_INVALID",
        "ACCOUNT_DISABLED",
        "ORIGIN_NOT_ALLOWED",
        "TOO_MANY_REQUESTS",
      ],
      audit: [
        "session.created",
        "device.linked",
        "device.trusted",
        "device.unlinked",
        "second_factor.recovery_code_used",
        "passkey.counter_regressed",
        "user.second_factor_reset_canceled",
      ],
    })
    .input(verifyInput)
    .output(verifyOutput)
    .mutation(({ ctx, input: { challenge, transport, trustDevice, ...factor } }) =>
      withTransport(ctx.cookies, transport, () =>
        completeChallenge(ctx.deps, { challenge, factor, trustDevice, origin: ctx.request }),
      ),
    ),

  sendCode: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/mfa/send-code",
        tags,
        summary: "Mail a code that completes a sign-in",
        description:
          "For a challenge whose `methods` have `email`. The code works for this challenge, and replaces one that was mailed before; there are at most three mails.",
      },
      limits: [callLimits.recovery],
      errors: ["MFA_CHALLENGE_INVALID", "SECOND_FACTOR_NOT_OFFERED", "TOO_MANY_REQUESTS"],
      audit: ["second_factor.code_requested"],
    })
    .input(challengeInput)
    .output(z.void())
    .mutation(({ ctx, input: { challenge } }) => sendChallengeCode(ctx.deps, { challenge, ip: ctx.request.ip })),

  passkeyOptions: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/mfa/passkey/options",
        tags,
        summary: "Begin to complete a sign-in with a passkey",
        description:
          "For a challenge whose `methods` have `passkey`. Send the answer of the passkey as `passkey` to `POST /v1/auth/mfa/verify`, with the same challenge.",
      },
      limits: [callLimits.redemption],
      errors: ["MFA_CHALLENGE_INVALID", "SECOND_FACTOR_NOT_OFFERED", "TOO_MANY_REQUESTS"],
      audit: { none: "It stores nothing. What is done with the options is recorded." },
    })
    .input(challengeInput)
    .output(requestOptionsSchema)
    .mutation(({ ctx, input: { challenge } }) => challengePasskeyOptions(ctx.deps, challenge)),

  passkeys: {
    enable: factorProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/v1/auth/mfa/passkeys",
          tags,
          summary: "Take a passkey as a second factor",
          description:
            "Sign-ins that begin with a password or a link then take a second factor, such as one of the account's passkeys. A sign-in by a passkey alone stays complete.",
        },
        secondFactor: "exempt",
        errors: ["SECOND_FACTOR_EXISTS", "SECOND_FACTOR_MISSING"],
        audit: ["second_factor.added"],
      })
      .input(z.void())
      .output(recoveryCodesOutput)
      .mutation(({ ctx }) => enablePasskeys(ctx.deps, ctx.actor)),

    disable: factorProcedure
      .meta({
        openapi: {
          method: "DELETE",
          path: "/v1/auth/mfa/passkeys",
          tags,
          summary: "Take no passkey as a second factor any more",
          description: "The passkeys stay, and sign in by themselves.",
        },
        errors: ["SECOND_FACTOR_MISSING"],
        audit: ["second_factor.removed"],
      })
      .input(z.void())
      .output(z.void())
      .mutation(({ ctx }) => disableFactor(ctx.deps, ctx.actor, "passkey")),
  },

  email: {
    enable: factorProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/v1/auth/mfa/email",
          tags,
          summary: "Take codes by mail as a second factor",
          description:
            "Where the operator allows it (`MFA_EMAIL_CODES`). It protects against a stolen password, and not against somebody who reads the mails, who can ask for another password too. A sign-in by a link takes no such code.",
        },
        secondFactor: "exempt",
        errors: ["SECOND_FACTOR_NOT_OFFERED", "EMAIL_NOT_CONFIGURED", "EMAIL_NOT_VERIFIED", "SECOND_FACTOR_EXISTS"],
        audit: ["second_factor.added"],
      })
      .input(z.void())
      .output(recoveryCodesOutput)
      .mutation(({ ctx }) => enableEmailCodes(ctx.deps, ctx.actor)),

    disable: factorProcedure
      .meta({
        openapi: {
          method: "DELETE",
          path: "/v1/auth/mfa/email",
          tags,
          summary: "Take no more codes by mail",
          description: "Takes a recent proof (`POST /v1/auth/sudo`). Other factors stay, and the owner is told.",
        },
        errors: ["SECOND_FACTOR_MISSING"],
        audit: ["second_factor.removed"],
      })
      .input(z.void())
      .output(z.void())
      .mutation(({ ctx }) => disableFactor(ctx.deps, ctx.actor, "email")),
  },

  totp: {
    enrol: factorProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/v1/auth/mfa/totp",
          tags,
          summary: "Make a secret for an authenticator app",
          description:
            "Sign-ins take a code once the app is confirmed. Until then, calling again makes another secret.",
        },
        secondFactor: "exempt",
        errors: ["SECOND_FACTOR_EXISTS"],
        audit: ["second_factor.requested"],
      })
      .input(z.void())
      .output(enrolTotpOutput)
      .mutation(({ ctx }) => enrolTotp(ctx.deps, ctx.actor)),

    confirm: factorProcedure
      .meta({
        openapi: {
          method: "POST",
          path: "/v1/auth/mfa/totp/confirm",
          tags,
          summary: "Confirm the authenticator app by one of its codes",
          description:
            "From the answer on, a sign-in takes a second factor. The answer is the only one that holds the recovery codes.",
        },
        secondFactor: "exempt",
        limits: [callLimits.passwordProof],
        errors: ["SECOND_FACTOR_MISSING", "SECOND_FACTOR_INVALID", "TOO_MANY_REQUESTS"],
        audit: ["second_factor.added", "user.second_factor_reset_canceled"],
      })
      .input(confirmTotpInput)
      .output(recoveryCodesOutput)
      .mutation(({ ctx, input }) => confirmTotp(ctx.deps, ctx.actor, input.code)),

    remove: factorProcedure
      .meta({
        openapi: {
          method: "DELETE",
          path: "/v1/auth/mfa/totp",
          tags,
          summary: "Remove the authenticator app",
          description: "Takes a recent proof (`POST /v1/auth/sudo`). Other factors stay, and the owner is told.",
        },
        errors: ["SECOND_FACTOR_MISSING"],
        audit: ["second_factor.removed"],
      })
      .input(z.void())
      .output(z.void())
      .mutation(({ ctx }) => disableFactor(ctx.deps, ctx.actor, "totp")),
  },

  recoveryCodes: factorProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/mfa/recovery-codes",
        tags,
        summary: "Get other recovery codes",
        description: "The earlier codes end. The answer is the only one that holds the new ones.",
      },
      errors: ["SECOND_FACTOR_MISSING"],
      audit: ["second_factor.recovery_codes_replaced"],
    })
    .input(z.void())
    .output(recoveryCodesOutput)
    .mutation(({ ctx }) => replaceCodes(ctx.deps, ctx.actor)),
} satisfies TRPCRouterRecord;
