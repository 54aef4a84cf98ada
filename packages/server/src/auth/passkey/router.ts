import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../../limits/call-limit.ts";
import { authedProcedure, factorProcedure, publicProcedure, sudoProcedure } from "../../rpc/procedures.ts";
import { signedInSchema } from "../session/sign-in-schema.ts";
import { withTransport } from "../session/transport.ts";
import { listPasskeys, removeOwnPasskey, renamePasskey } from "./manage.ts";
import { addPasskey, passkeyOptions } from "./register.ts";
import {
  createPasskeyInput,
  creationOptionsSchema,
  listPasskeysInput,
  listPasskeysOutput,
  loginByPasskeyInput,
  passkeySchema,
  removePasskeyInput,
  requestOptionsSchema,
  updatePasskeyInput,
} from "./schema.ts";
import { loginByPasskey, passkeyLoginOptions } from "./sign-in.ts";
import { stepUpOptions } from "./step-up.ts";

const tags = ["Passkeys"];

const storesNothing = { none: "It stores nothing that says anything. What is done with the options is recorded." };

/** Passkeys (WebAuthn), by which a user signs in without a name and a password. */
export const passkeysRouter = {
  options: factorProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/passkeys/options",
        tags,
        summary: "Begin to add a passkey",
        description: "The challenge may be answered within five minutes, once, for the account that asked for it.",
      },
      secondFactor: "exempt",
      limits: [callLimits.passkeyChange],
      errors: ["PASSKEY_LIMIT_REACHED", "TOO_MANY_REQUESTS"],
      audit: storesNothing,
    })
    .input(z.void())
    .output(creationOptionsSchema)
    .mutation(({ ctx }) => passkeyOptions(ctx.deps, ctx.actor)),

  create: factorProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/passkeys",
        tags,
        summary: "Add a passkey",
        description: "The owner of the account is told by mail.",
      },
      secondFactor: "exempt",
      successStatus: 201,
      limits: [callLimits.passkeyChange],
      errors: ["PASSKEY_REFUSED", "PASSKEY_TAKEN", "PASSKEY_LIMIT_REACHED", "TOO_MANY_REQUESTS"],
      audit: ["passkey.added"],
    })
    .input(createPasskeyInput)
    .output(passkeySchema)
    .mutation(({ ctx, input }) => addPasskey(ctx.deps, { actor: ctx.actor, userAgent: ctx.request.userAgent }, input)),

  list: sudoProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/passkeys",
        tags,
        summary: "List the caller's passkeys",
        description: "The newest first, with the last use and whether a passkey is backed up.",
      },
    })
    .input(listPasskeysInput)
    .output(listPasskeysOutput)
    .query(({ ctx, input }) => listPasskeys(ctx.deps, ctx.actor, input)),

  update: sudoProcedure
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/auth/passkeys/{id}",
        tags,
        summary: "Give a passkey another name",
        description: "Only the name can change; it helps the user to tell passkeys apart.",
      },
      limits: [callLimits.passkeyChange],
      errors: ["NOT_FOUND", "TOO_MANY_REQUESTS"],
      audit: ["passkey.renamed"],
    })
    .input(updatePasskeyInput)
    .output(passkeySchema)
    .mutation(({ ctx, input }) => renamePasskey(ctx.deps, ctx.actor, input)),

  remove: factorProcedure
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/auth/passkeys/{id}",
        tags,
        summary: "Remove a passkey",
        description:
          "The owner of the account is told by mail. Sessions that were started with the passkey go on. With the last passkey, passkeys end as a second factor.",
      },
      limits: [callLimits.passkeyChange],
      errors: ["NOT_FOUND", "LAST_WAY_IN", "TOO_MANY_REQUESTS"],
      audit: ["passkey.removed", "second_factor.removed"],
    })
    .input(removePasskeyInput)
    .output(z.void())
    .mutation(({ ctx, input }) => removeOwnPasskey(ctx.deps, ctx.actor, input.id)),

  loginOptions: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/passkeys/login/options",
        tags,
        summary: "Begin to sign in with a passkey",
        description:
          "The user enters no name: the browser offers the passkeys that they have for the domain. Ask when the page is shown, for conditional mediation too.",
      },
      errors: ["ORIGIN_NOT_ALLOWED"],
      audit: storesNothing,
    })
    .input(z.void())
    .output(requestOptionsSchema)
    .mutation(({ ctx }) => {
      ctx.cookies.refuseForeignPage();
      return passkeyLoginOptions(ctx.deps);
    }),

  login: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/passkeys/login",
        tags,
        summary: "Sign in with a passkey",
        description:
          "Takes what the browser made of the options of `POST /v1/auth/passkeys/login/options`. A passkey with user verification is two factors at once.",
      },
      limits: [callLimits.passkeySignIn],
      errors: ["PASSKEY_INVALID", "EMAIL_NOT_VERIFIED", "ACCOUNT_DISABLED", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      audit: [
        "session.created",
        "device.linked",
        "device.unlinked",
        "passkey.counter_regressed",
        "user.second_factor_reset_canceled",
      ],
    })
    .input(loginByPasskeyInput)
    .output(signedInSchema)
    .mutation(({ ctx, input: { credential, transport, ...how } }) =>
      withTransport(ctx.cookies, transport, () =>
        loginByPasskey(ctx.deps, credential, { ...how, origin: ctx.request }),
      ),
    ),

  sudoOptions: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/passkeys/sudo/options",
        tags,
        summary: "Begin to prove by a passkey who you are",
        description: "Send the answer as `passkey` to `POST /v1/auth/sudo`, in the same session.",
      },
      secondFactor: "exempt",
      errors: ["NOT_FOUND"],
      audit: storesNothing,
    })
    .input(z.void())
    .output(requestOptionsSchema)
    .mutation(({ ctx }) => stepUpOptions(ctx.deps, ctx.actor)),
} satisfies TRPCRouterRecord;
