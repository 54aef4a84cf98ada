import type { z } from "zod";
import { addSeconds, earlier } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { assuranceLevelOf } from "./methods.ts";
import type { currentSessionSchema } from "./schema.ts";
import type { SessionRow } from "./store.ts";

export { attachDevice, recordStepUp, setAuthenticatedAt } from "./store.ts";

interface StepUpAgeDeps {
  readonly config: Pick<Config, "stepUpMaxAgeSeconds">;
}

/** When the user of a session last authenticated in it. */
interface LastAuthentication {
  readonly authenticatedAt: Date;
  /** Until when that counts as recent: the moment itself is the last. */
  readonly recentUntil: Date;
}

/** When the user of a session last authenticated in it: at its sign-in, or at a later step-up. */
export function authenticatedAtOf(session: Pick<SessionRow, "created_at" | "reauthenticated_at">): Date {
  return session.reauthenticated_at ?? session.created_at;
}

/**
 * The last authentication of a session: its sign-in, or a later step-up. A refresh is none: it proves that the caller has the
 * token, not who they are. Nor is a sign-in without credentials.
 */
export function lastAuthenticationOf(
  { config }: StepUpAgeDeps,
  session: Pick<SessionRow, "created_at" | "methods" | "reauthenticated_at">,
): LastAuthentication {
  const authenticatedAt = authenticatedAtOf(session);
  const seconds = session.methods.includes("anon") ? -1 : config.stepUpMaxAgeSeconds;
  return { authenticatedAt, recentUntil: addSeconds(authenticatedAt, seconds) };
}

/** The session as its user sees it. */
export function toCurrentSession(deps: StepUpAgeDeps, session: SessionRow): z.output<typeof currentSessionSchema> {
  const { public_id: id, created_at: createdAt, methods, idle_expires_at, expires_at } = session;
  const expiresAt = earlier(idle_expires_at, expires_at);
  const impersonated = session.impersonator_id !== null;
  const aal = assuranceLevelOf(methods);
  return { id, createdAt, expiresAt, methods, aal, impersonated, ...lastAuthenticationOf(deps, session) };
}
