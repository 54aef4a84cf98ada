import type { z } from "zod";
import type { Clock } from "../../clock.ts";
import type { KeyRing } from "../../crypto/key-ring.ts";
import type { Database } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import type { Origin } from "../../user/service.ts";
import { findUser } from "../../user/store.ts";
import { findLink, proves } from "../one-time-token/link.ts";
import { mailRedirectOf } from "../one-time-token/redirect.ts";
import type { OneTimeTokenRow } from "../one-time-token/store.ts";
import { findRegistrationOrigin } from "../registration/service.ts";
import { parseUserAgent } from "../session/user-agent.ts";
import type { linkOriginSchema } from "./schema.ts";

/** What inspecting a link needs. */
interface InspectionDeps {
  readonly db: Database;
  readonly clock: Clock;
  readonly keyRing: KeyRing;
  readonly config: RedirectRules;
}

type LinkOrigin = z.output<typeof linkOriginSchema>;

/** A request for a link, as far as it is known. */
interface LinkRequest extends Pick<LinkOrigin, "email" | "purpose" | "requestedAt"> {
  readonly origin: Origin | undefined;
  /** As stored. */
  readonly redirectTo?: string | null | undefined;
}

/**
 * Returns who registered, or who asked for a change of address, so that the reader of the link can say whether it was them.
 * The link stays unused, since mail scanners open links. The reader may see the address, as the link was sent to nobody else.
 * Throws `EMAIL_TOKEN_INVALID`.
 */
export async function inspectLink(deps: InspectionDeps, token: string): Promise<LinkOrigin> {
  const waiting = await findRegistrationOrigin(deps, token);
  const { origin, redirectTo, ...about } =
    waiting === undefined
      ? await findLinkRequest(deps, token)
      : { purpose: "complete_registration" as const, ...waiting };
  return {
    ...about,
    ...parseUserAgent(origin?.userAgent ?? null),
    ip: origin?.ip ?? null,
    redirectTo: mailRedirectOf(deps.config, redirectTo),
  };
}

async function findLinkRequest(deps: Pick<InspectionDeps, "clock" | "db">, token: string): Promise<LinkRequest> {
  const purposes = ["verify_email", "confirm_email_change"] as const;
  const refusal = "EMAIL_TOKEN_INVALID";
  const link = await findLink(deps, deps.db, { token, purposes, refusal });
  const user = await findUser(deps.db, link.user_id);
  if (user === undefined || !proves(link, user)) throw new GatehouseError(refusal);
  if (link.purpose === "confirm_email_change") return changeRequest(link);
  const origin = toOrigin(user.registered_ip, user.registered_user_agent);
  const { target: email, redirect_to: redirectTo } = link;
  return { purpose: "verify_email", email, requestedAt: user.created_at, origin, redirectTo };
}

function changeRequest(link: OneTimeTokenRow): LinkRequest {
  const origin = toOrigin(link.asked_ip, link.asked_user_agent);
  const requestedAt = link.asked_at ?? link.created_at;
  return { purpose: "confirm_email_change", email: link.target, requestedAt, origin, redirectTo: link.redirect_to };
}

function toOrigin(ip: string | null, userAgent: string | null): Origin | undefined {
  return ip === null ? undefined : { ip, userAgent };
}
