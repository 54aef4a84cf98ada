import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../limits/index.ts";
import { authedProcedure, publicProcedure } from "../rpc/procedures.ts";
import { parseBasicCredentials } from "./basic-credentials.ts";
import { emailRouter } from "./email/router.ts";
import { magicLinkRouter } from "./magic-link/router.ts";
import { passwordRouter } from "./password/router.ts";
import { phoneRouter } from "./phone/router.ts";
import { loginInput, refreshOutput, registerInput, registerOutput, statusOutput, tokenInput } from "./schema.ts";
import { getStatus, login, logout, logoutAll, refresh, register } from "./service.ts";
import { refreshInput } from "./session/schema.ts";
import { sessionEventsRouter } from "./session-events/router.ts";
import { signInOutput } from "./sign-in/schema.ts";

const tags = ["Authentication"];

/** Accounts' way in and out, and their sessions. */
export const authRouter = {
  register: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/register",
        tags,
        summary: "Create an account and sign in",
        description:
          "Where the server lets in only who proved their address, it answers 202 whether or not the address is taken.",
      },
      limits: [callLimits.register],
      successStatus: { signed_in: 201, verification_sent: 202 },
      errors: [
        "EMAIL_TAKEN",
        "USERNAME_TAKEN",
        "PASSWORD_TOO_WEAK",
        "DEVICE_LINKED_TO_ANOTHER_USER",
        "TOO_MANY_REQUESTS",
      ],
    })
    .input(registerInput)
    .output(registerOutput)
    .mutation(({ ctx, input }) => register(ctx.deps, input, ctx.request)),

  login: publicProcedure
    .meta({
      openapi: { method: "POST", path: "/v1/auth/login", tags, summary: "Sign in with a password" },
      limits: [callLimits.login],
      errors: [
        "INVALID_CREDENTIALS",
        "EMAIL_NOT_VERIFIED",
        "ACCOUNT_DISABLED",
        "DEVICE_LINKED_TO_ANOTHER_USER",
        "TOO_MANY_REQUESTS",
      ],
    })
    .input(loginInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { identifier, password, ...how } }) =>
      login(ctx.deps, { identifier, password }, { ...how, origin: ctx.request }),
    ),

  token: publicProcedure
    .meta({
      openapi: { method: "POST", path: "/v1/auth/token", tags, summary: "Sign in with HTTP Basic" },
      limits: [callLimits.login],
      security: "basic",
      errors: [
        "INVALID_CREDENTIALS",
        "EMAIL_NOT_VERIFIED",
        "ACCOUNT_DISABLED",
        "DEVICE_LINKED_TO_ANOTHER_USER",
        "TOO_MANY_REQUESTS",
      ],
    })
    .input(tokenInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { remember = true, device } = {} }) =>
      login(ctx.deps, parseBasicCredentials(ctx.request.authorization), { remember, device, origin: ctx.request }),
    ),

  refresh: publicProcedure
    .meta({
      openapi: { method: "POST", path: "/v1/auth/refresh", tags, summary: "Exchange a refresh token for new tokens" },
      limits: [callLimits.refresh],
      errors: ["REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED"],
    })
    .input(refreshInput)
    .output(refreshOutput)
    .mutation(async ({ ctx, input }) => ({ session: await refresh(ctx.deps, input.refreshToken) })),

  logout: authedProcedure
    .meta({ openapi: { method: "POST", path: "/v1/auth/logout", tags, summary: "End this session" } })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => logout(ctx.deps, ctx.actor)),

  logoutAll: authedProcedure
    .meta({ openapi: { method: "POST", path: "/v1/auth/logout-all", tags, summary: "End every session of the user" } })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => logoutAll(ctx.deps, ctx.actor)),

  status: authedProcedure
    .meta({ openapi: { method: "GET", path: "/v1/auth/status", tags, summary: "Who is signed in, and since when" } })
    .input(z.void())
    .output(statusOutput)
    .query(({ ctx }) => getStatus(ctx.deps, ctx.actor)),

  ...sessionEventsRouter,
  password: passwordRouter,
  email: emailRouter,
  magicLink: magicLinkRouter,
  phone: phoneRouter,
} satisfies TRPCRouterRecord;
