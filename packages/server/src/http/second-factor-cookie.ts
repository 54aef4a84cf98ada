import { z } from "zod";
import { mfaRequiredSchema } from "../auth/mfa/schema.ts";
import { valuesOf } from "./session-cookies.ts";

/**
 * The cookie by which a sign-in that needs a second factor gets from a redirect to the page to sign in. A challenge in an address
 * would stay in histories and logs. The prefix keeps subdomains from planting one, as for the session's cookies.
 */
const name = "__Host-gatehouse-second-factor";

/** A browser sends a `Lax` cookie when another site's page led here, as a provider does. */
const attributes = "Path=/; HttpOnly; Secure; SameSite=Lax";

const askedSchema = mfaRequiredSchema.pick({ challenge: true, methods: true });

/** What the page needs to ask for the second factor of a sign-in that began elsewhere. */
export type AskedSecondFactor = z.output<typeof askedSchema>;

/** Sets the cookie, for as long as the challenge can be answered. */
export function secondFactorCookie(
  { challenge, methods, expiresAt }: AskedSecondFactor & { readonly expiresAt: Date },
  now: Date,
): string {
  const value = Buffer.from(JSON.stringify({ challenge, methods })).toString("base64url");
  const maxAgeSeconds = Math.floor((expiresAt.getTime() - now.getTime()) / 1000);
  return `${name}=${value}; ${attributes}; Max-Age=${maxAgeSeconds}`;
}

/** Removes the cookie: one page shows the challenge. */
export const clearedSecondFactorCookie = `${name}=; ${attributes}; Max-Age=0`;

/** The content of the cookie; `undefined` without one, if it came twice, and if it is not ours. */
export function readSecondFactorCookie(header: string | undefined): AskedSecondFactor | undefined {
  const [value, ...others] = valuesOf(header, name);
  if (value === undefined || others.length > 0) return undefined;
  return contentSchema.safeParse(Buffer.from(value, "base64url").toString()).data;
}

const contentSchema = z
  .string()
  .transform((json, ctx): unknown => {
    try {
      return JSON.parse(json);
    } catch {
      ctx.addIssue({ code: "custom", message: "not JSON" });
      return z.NEVER;
    }
  })
  .pipe(askedSchema);
