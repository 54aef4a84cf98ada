import { parseRedirect, type RedirectRules, withParameters } from "../../redirect-targets.ts";

/** Where a sign-in continues. */
export interface Continuation {
  /** The app's allowed address, with the app's state; `undefined` if the reader came by themselves. */
  readonly returnTo: string | undefined;
  /** The app's code challenge; `undefined` for an app that shares the cookies of the pages. */
  readonly codeChallenge: string | undefined;
  /** The query that links to other pages keep, with its question mark, or nothing. Not escaped. */
  readonly query: string;
  /** The page to sign in with this query, for the links of mails; `undefined` if it is too long, or leads nowhere. */
  readonly signInUrl: string | undefined;
}

/** A request to sign in that is not answered by a redirect, and the parameter that is wrong, for the app's developers. */
interface Refusal {
  readonly refused: string;
}

/** The parameters of `/sign-in` and `/sign-up` that other pages are passed on. */
const passedOn = ["return_to", "state", "code_challenge", "code_challenge_method", "ui_locales"] as const;

type Parameters = Readonly<Record<(typeof passedOn)[number], string | undefined>>;

/** Visible ASCII and spaces (RFC 6749, appendix A.5). */
const statePattern = /^[ -~]{1,512}$/;

const challengePattern = /^[A-Za-z0-9_-]{43}$/;

/**
 * Reads where a sign-in continues from the query of the page. A wrong request is refused on a page of ours, never by a redirect:
 * its address is not to be trusted (RFC 9700, 4.11). Other parameters are ignored (RFC 6749, 3.1).
 */
export function readContinuation(
  rules: RedirectRules,
  query: Readonly<Record<string, unknown>>,
): Continuation | Refusal {
  const repeated = passedOn.find((name) => Array.isArray(query[name]));
  if (repeated !== undefined) return { refused: `${repeated} must come once.` };
  const given = Object.fromEntries(passedOn.map((name) => [name, textOf(query[name])])) as Parameters;
  const refused = mistakeIn(given);
  if (refused !== undefined) return { refused };
  return withTarget(rules, given);
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

function mistakeIn(given: Parameters): string | undefined {
  const { return_to: target, state, code_challenge: challenge, code_challenge_method: method } = given;
  if (target === undefined) return challenge === undefined ? undefined : "return_to is missing.";
  if (state !== undefined && !statePattern.test(state)) return "state must be 1 to 512 visible ASCII characters.";
  if (challenge === undefined) return method === undefined ? undefined : "code_challenge is missing.";
  if (method !== "S256") return "code_challenge_method must be S256.";
  return challengePattern.test(challenge) ? undefined : "code_challenge must be a SHA-256 in base64url.";
}

function withTarget(rules: RedirectRules, given: Parameters): Continuation | Refusal {
  const { return_to: address, state, code_challenge: codeChallenge } = given;
  const query = queryOf(given);
  if (address === undefined) return { returnTo: undefined, codeChallenge: undefined, query, signInUrl: undefined };
  const target = parseRedirect(rules, address);
  if (target === undefined)
    return { refused: "return_to is not an address that ALLOWED_REDIRECTS of the server allows." };
  const returnTo = state === undefined ? target.href : withParameters(target, { state });
  const signInUrl = parseRedirect(rules, `${rules.publicUrl}/sign-in${query}`)?.href;
  return { returnTo, codeChallenge, query, signInUrl };
}

function queryOf(given: Parameters): string {
  const kept = Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return kept.length === 0 ? "" : `?${new URLSearchParams(kept)}`;
}
