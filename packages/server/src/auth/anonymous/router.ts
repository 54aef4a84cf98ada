import type { TRPCRouterRecord } from "@trpc/server";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, publicProcedure } from "../../rpc/procedures.ts";
import { signedInSchema } from "../session/sign-in-schema.ts";
import { withTransport } from "../session/transport.ts";
import { anonymousInput, upgradeInput, upgradeOutput } from "./schema.ts";
import { signInAnonymously } from "./service.ts";
import { upgradeAccount } from "./upgrade.ts";

const tags = ["Authentication"];

/** Accounts without identifiers, and how they become full ones. */
export const anonymousUserProcedures = {
  anonymous: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/anonymous",
        tags,
        summary: "Sign in without credentials",
        description:
          "Creates an account that has no identifier, where the operator allows it (`ANONYMOUS_USERS`). It keeps what the app stores for it, and becomes a full account at `POST /v1/auth/anonymous/upgrade`. Nobody can sign in to it again; one that is not used is erased.",
      },
      limits: [callLimits.anonymousUser],
      successStatus: 201,
      errors: ["ANONYMOUS_USERS_OFF", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      audit: ["user.anonymous_created", "session.created", "device.linked", "device.unlinked"],
    })
    .input(anonymousInput)
    .output(signedInSchema)
    .mutation(({ ctx, input: { transport, ...how } }) => {
      ctx.cookies.refuseForeignPage();
      return withTransport(ctx.cookies, transport, () => signInAnonymously(ctx.deps, how, ctx.request));
    }),

  upgrade: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/anonymous/upgrade",
        tags,
        summary: "Make the caller's anonymous account a full one",
        description:
          "It keeps its id, its devices and all that the app stored for it, and the session goes on. Where the server lets in only who proved their address, and without a password, it answers 202 whether or not the address is taken. So it does for a telephone number: `POST /v1/auth/register/confirm` takes the code, makes the account full and starts another session of it.",
      },
      limits: [callLimits.register, callLimits.registrationMail, callLimits.passwordProof],
      // An anonymous account has no way to a second factor but this.
      secondFactor: "exempt",
      successStatus: { upgraded: 200, verification_sent: 202, code_sent: 202 },
      errors: [
        "ACCOUNT_NOT_ANONYMOUS",
        "REDIRECT_NOT_ALLOWED",
        "EMAIL_TAKEN",
        "EMAIL_NOT_CONFIGURED",
        "USERNAME_TAKEN",
        "USERNAME_RESERVED",
        "PASSWORD_TOO_WEAK",
        "TOO_MANY_REQUESTS",
      ],
      audit: ["user.created"],
    })
    .input(upgradeInput)
    .output(upgradeOutput)
    .mutation(({ ctx, input }) => upgradeAccount(ctx.deps, { actor: ctx.actor, origin: ctx.request }, input)),
} satisfies TRPCRouterRecord;
