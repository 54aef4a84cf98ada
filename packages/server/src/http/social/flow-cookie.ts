import { flowTtlSeconds } from "../../auth/social/flow.ts";
import { valuesOf } from "../session-cookies.ts";

/** The cookie of a sign-in at a provider. The prefix keeps subdomains from planting one, as for the session's cookies. */
const name = "__Host-gatehouse-social";

const attributes = "Path=/; HttpOnly; Secure";

/**
 * Sets the cookie. A browser sends a `Lax` cookie when a provider redirects it here. To a page that the provider posts from, it
 * sends only cookies with `SameSite=None`; that gives nothing away, since the cookie is worth something only beside the state.
 */
export function flowCookie(sealed: string, { usesFormPost }: { readonly usesFormPost: boolean }): string {
  const sameSite = usesFormPost ? "None" : "Lax";
  return `${name}=${sealed}; ${attributes}; SameSite=${sameSite}; Max-Age=${flowTtlSeconds}`;
}

/** Removes the cookie: a sign-in comes back once. */
export const clearedFlowCookie = `${name}=; ${attributes}; SameSite=Lax; Max-Age=0`;

/** The content of the cookie; `undefined` without one, and if it came twice. */
export function readFlowCookie(header: string | undefined): string | undefined {
  const [value, ...others] = valuesOf(header, name);
  return others.length === 0 ? value : undefined;
}
