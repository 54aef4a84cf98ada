import { addSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import type { SessionRow } from "./store.ts";

export { recordStepUp } from "./store.ts";

/** When the user of a session last proved who they are in it. */
interface SessionProof {
  readonly authenticatedAt: Date;
  /** Until when it is recent: the moment itself is the last. */
  readonly recentUntil: Date;
}

/** The last proof of a session: its sign-in, or what came after it. A refresh proves that the token is there, not the user. */
export function proofOf(
  { config }: { readonly config: Pick<Config, "stepUpMaxAgeSeconds"> },
  session: Pick<SessionRow, "created_at" | "reauthenticated_at">,
): SessionProof {
  const authenticatedAt = session.reauthenticated_at ?? session.created_at;
  return { authenticatedAt, recentUntil: addSeconds(authenticatedAt, config.stepUpMaxAgeSeconds) };
}
