import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../limits/call-limit.ts";
import { authenticateCall } from "../rpc/credential.ts";
import { authedProcedure, hashingProcedure, publicProcedure } from "../rpc/procedures.ts";
import { anonymousUserProcedures } from "./anonymous/router.ts";
import { apiKeyRouter } from "./api-key/router.ts";
import { parseBasicCredentials } from "./basic-credentials.ts";
import { emailRouter } from "./email/router.ts";
import { identitiesRouter } from "./identity/router.ts";
import { magicLinkRouter } from "./magic-link/router.ts";
import { mfaRouter } from "./mfa/router.ts";
import { passkeysRouter } from "./passkey/router.ts";
import { passwordRouter } from "./password/router.ts";
import { phoneRouter } from "./phone/router.ts";
import { register } from "./register.ts";
import { confirmRegistration, resendRegistrationCode } from "./registration/by-phone.ts";
import {
  codeSentSchema,
  confirmRegistrationInput,
  confirmRegistrationOutput,
  loginInput,
  refreshOutput,
  registerInput,
  registerOutput,
  resendRegistrationCodeInput,
  statusOutput,
  tokenInput,
} from "./schema.ts";
import { securityEventsRouter } from "./security-events/router.ts";
import { findSessionOf, getStatus, login, logout, logoutAll } from "./service.ts";
import { refreshSession } from "./session/refresh.ts";
import { sessionsRouter } from "./session/router.ts";
import { refreshInput } from "./session/schema.ts";
import { signInOutput } from "./session/sign-in-schema.ts";
import { refreshWithTransport, signOut, withTransport } from "./session/transport.ts";
import { sessionEventsRouter } from "./session-events/router.ts";
import { signInCodeRouter } from "./sign-in-code/router.ts";
import { socialRouter } from "./social/router.ts";
import { sudoProcedures } from "./step-up/router.ts";

const tags = ["Authentication"];

const refreshDescription = `The new tokens go the way that the old one came: in the body or in cookies.

Keep the new refresh token before you use the new access token. When no answer comes, send the same token again: it gets the
same successor. Send a random \`Idempotency-Key\` with it, made once for each refresh token and kept before it is sent: with the
same key that works at any time. Without one, or with another, it works within the grace time after the first call (30 seconds
unless the operator says otherwise); after it the token counts as copied, and the session ends with \`REFRESH_TOKEN_REUSED\`. An
\`Idempotency-Key\` of another form answers 400 and changes nothing.`;

/** Accounts' way in and out, and their sessions. */
export const authRouter = {
  register: hashingProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/register",
        tags,
        summary: "Create an account and sign in",
        description:
          "Where the server lets in only who proved their address, it answers 202 whether or not the address is taken. A telephone number (`REGISTRATION_IDENTIFIERS`) is sent a code, and 202 is the answer whether or not the number is taken: nothing is created before the code proves it.",
      },
      limits: [callLimits.register, callLimits.registrationMail],
      successStatus: { signed_in: 201, verification_sent: 202, code_sent: 202 },
      errors: [
        "EMAIL_TAKEN",
        "USERNAME_TAKEN",
        "USERNAME_RESERVED",
        "PASSWORD_TOO_WEAK",
        "REDIRECT_NOT_ALLOWED",
        "ORIGIN_NOT_ALLOWED",
        "TOO_MANY_REQUESTS",
      ],
      audit: ["user.created", "session.created", "device.linked", "device.unlinked"],
    })
    .input(registerInput)
    .output(registerOutput)
    .mutation(({ ctx, input: { transport, ...registration } }) =>
      withTransport(ctx.cookies, transport, () => register(ctx.deps, registration, ctx.request)),
    ),

  confirmRegistration: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/register/confirm",
        tags,
        summary: "Create the account of a telephone number by the code, and sign in",
        description:
          "A code takes five guesses. `PHONE_TAKEN` is told only to who proved the number. A username that was taken meanwhile is left out.",
      },
      limits: [callLimits.redemption],
      successStatus: 201,
      errors: ["PHONE_CODE_INVALID", "PHONE_TAKEN", "ACCOUNT_NOT_ANONYMOUS", "ORIGIN_NOT_ALLOWED", "TOO_MANY_REQUESTS"],
      audit: ["user.created", "session.created", "device.linked", "device.unlinked"],
    })
    .input(confirmRegistrationInput)
    .output(confirmRegistrationOutput)
    .mutation(({ ctx, input: { transport, ...confirmation } }) =>
      withTransport(ctx.cookies, transport, () =>
        confirmRegistration(ctx.deps, { ...confirmation, origin: ctx.request }),
      ),
    ),

  resendRegistrationCode: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/register/resend",
        tags,
        summary: "Have another code sent for a registration",
        description: "It replaces the code before. The registration stays the same.",
      },
      limits: [callLimits.recovery],
      successStatus: 202,
      errors: ["REGISTRATION_INVALID", "TOO_MANY_REQUESTS"],
      audit: { none: "There is no account yet that an event could be about. Budgets count the messages." },
    })
    .input(resendRegistrationCodeInput)
    .output(codeSentSchema)
    .mutation(({ ctx, input }) => resendRegistrationCode(ctx.deps, input, ctx.request.ip)),

  ...anonymousUserProcedures,

  login: hashingProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/login",
        tags,
        summary: "Sign in with a password",
        description:
          "Starts a session. An account with a second factor gets `mfa_required` and a challenge, which `POST /v1/auth/mfa/verify` answers. A wrong password and an unknown identifier get the same answer after the same time.",
      },
      limits: [callLimits.login],
      errors: [
        "INVALID_CREDENTIALS",
        "EMAIL_NOT_VERIFIED",
        "ACCOUNT_DISABLED",
        "ORIGIN_NOT_ALLOWED",
        "TOO_MANY_REQUESTS",
      ],
      audit: ["session.created", "device.linked", "device.unlinked"],
    })
    .input(loginInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { identifier, password, transport, ...how } }) =>
      withTransport(ctx.cookies, transport, () =>
        login(ctx.deps, { identifier, password }, { ...how, origin: ctx.request }),
      ),
    ),

  token: hashingProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/token",
        tags,
        summary: "Sign in with HTTP Basic",
        description:
          "The same as `POST /v1/auth/login`, with the identifier and the password in `Authorization: Basic` (RFC 7617).",
      },
      limits: [callLimits.login],
      security: "basic",
      errors: [
        "INVALID_CREDENTIALS",
        "EMAIL_NOT_VERIFIED",
        "ACCOUNT_DISABLED",
        "ORIGIN_NOT_ALLOWED",
        "TOO_MANY_REQUESTS",
      ],
      audit: ["session.created", "device.linked", "device.unlinked"],
    })
    .input(tokenInput)
    .output(signInOutput)
    .mutation(({ ctx, input: { remember = true, transport = "body" as const, device } = {} }) =>
      withTransport(ctx.cookies, transport, () =>
        login(ctx.deps, parseBasicCredentials(ctx.request.authorization), { remember, device, origin: ctx.request }),
      ),
    ),

  refresh: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/refresh",
        tags,
        summary: "Exchange a refresh token for new tokens",
        headers: { attemptKey: "Idempotency-Key" },
        description: refreshDescription,
      },
      limits: [callLimits.refresh],
      errors: ["REFRESH_TOKEN_INVALID", "REFRESH_TOKEN_REUSED", "CREDENTIALS_CONFLICT", "ORIGIN_NOT_ALLOWED"],
      audit: {
        none: "The session's row holds it, and events of every refresh would drown the others. A reused token ends the session, by an event `session.revoked`.",
      },
    })
    .input(refreshInput)
    .output(refreshOutput)
    .mutation(async ({ ctx, input: { refreshToken, attemptKey } = {} }) => ({
      session: await refreshWithTransport(ctx.cookies, refreshToken, (token) =>
        refreshSession(ctx.deps, { refreshToken: token, attemptKey }),
      ),
    })),

  logout: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/logout",
        tags,
        summary: "End this session",
        description: "The refresh cookie is enough: it is still there when the access cookie has expired.",
      },
      security: "bearer",
      audit: ["session.revoked"],
    })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) =>
      signOut(ctx, async (refreshToken) => {
        const session = refreshToken === undefined ? undefined : await findSessionOf(ctx.deps, refreshToken);
        await logout(ctx.deps, session ?? (await authenticateCall(ctx)));
      }),
    ),

  logoutAll: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/auth/logout-all",
        tags,
        summary: "End every session of the user",
        description:
          "The caller's session ends too, and so does the trust in the user's devices. Access tokens of ended sessions are refused at once.",
      },
      secondFactor: "exempt",
      audit: ["session.revoked"],
    })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => signOut(ctx, () => logoutAll(ctx.deps, ctx.actor))),

  status: authedProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/auth/status",
        tags,
        summary: "Who is signed in, and since when",
        description: "The user and the session of the access token, as they are now.",
      },
      secondFactor: "exempt",
      impersonation: "allowed",
    })
    .input(z.void())
    .output(statusOutput)
    .query(({ ctx }) => getStatus(ctx.deps, ctx.actor)),

  ...sudoProcedures,
  sessions: sessionsRouter,
  securityEvents: securityEventsRouter,
  ...sessionEventsRouter,
  password: passwordRouter,
  email: emailRouter,
  mfa: mfaRouter,
  magicLink: magicLinkRouter,
  signInCode: signInCodeRouter,
  social: socialRouter,
  identities: identitiesRouter,
  phone: phoneRouter,
  apiKeys: apiKeyRouter,
  passkeys: passkeysRouter,
} satisfies TRPCRouterRecord;
