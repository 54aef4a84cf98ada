import type { z } from "zod";
import type { Dependencies } from "../../dependencies.ts";
import { GatehouseError } from "../../errors.ts";
import { findUser } from "../../user/index.ts";
import { findLink, type OneTimeTokenRow, type Origin, proves } from "../one-time-token/index.ts";
import { findRegistrationOrigin } from "../registration/index.ts";
import { parseUserAgent } from "../sessions/index.ts";
import type { linkOriginSchema } from "./schema.ts";

type LinkOrigin = z.output<typeof linkOriginSchema>;

/** What is known of who asked for a link. */
interface Asked extends Pick<LinkOrigin, "purpose" | "requestedAt"> {
  readonly origin: Origin | undefined;
}

/**
 * Who registered, or asked for a change of address, for the reader of the link to say whether it was them. Nothing is taken
 * by it: mail scanners open links. Throws `EMAIL_TOKEN_INVALID`.
 */
export async function inspectLink(
  deps: Pick<Dependencies, "clock" | "db" | "keyRing">,
  token: string,
): Promise<LinkOrigin> {
  const waiting = await findRegistrationOrigin(deps, token);
  const { origin, ...about } =
    waiting === undefined ? await findAsked(deps, token) : { purpose: "complete_registration" as const, ...waiting };
  return { ...about, ...parseUserAgent(origin?.userAgent ?? null), ip: origin?.ip ?? null };
}

async function findAsked(deps: Pick<Dependencies, "clock" | "db">, token: string): Promise<Asked> {
  const purposes = ["verify_email", "confirm_email_change"] as const;
  const refusal = "EMAIL_TOKEN_INVALID";
  const link = await findLink(deps, deps.db, { token, purposes, refusal });
  const user = await findUser(deps.db, link.user_id);
  if (user === undefined || !proves(link, user)) throw new GatehouseError(refusal);
  if (link.purpose === "confirm_email_change") return askedForChange(link);
  const origin = toOrigin(user.registered_ip, user.registered_user_agent);
  return { purpose: "verify_email", requestedAt: user.created_at, origin };
}

function askedForChange(link: OneTimeTokenRow): Asked {
  const origin = toOrigin(link.asked_ip, link.asked_user_agent);
  return { purpose: "confirm_email_change", requestedAt: link.created_at, origin };
}

function toOrigin(ip: string | null, userAgent: string | null): Origin | undefined {
  return ip === null ? undefined : { ip, userAgent };
}
