import { parseProviders } from "./auth/social/config.ts";
import { daySeconds } from "./clock.ts";
import { isLoopbackUrl } from "./config-formats.ts";
import { describeVariables, type VariableValues } from "./config-variables.ts";
import { hasOutbox } from "./delivery/config.ts";
import { StartupError } from "./startup-error.ts";

/** The environment, as `process.env` has it. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The name of a wrong variable, and the reason. */
export type Finding = readonly [name: string, why: string];

/**
 * Throws {@link StartupError} if production lacks a required variable, or if `PUBLIC_URL` is not https. A loopback URL needs
 * no https, so that production settings can be tried on this machine.
 */
export function requireForProduction(parsed: VariableValues, environment: Environment): void {
  const missing = (["PUBLIC_URL", "DATABASE_URL", "ENCRYPTION_KEYS"] as const)
    .filter((name) => parsed[name] === undefined)
    .map((name): [string, string] => [name, `required when NODE_ENV is ${parsed.NODE_ENV}`]);
  if (missing.length > 0) throw complaint(missing);
  if (new URL(parsed.PUBLIC_URL ?? "").protocol !== "https:" && !isLoopbackUrl(environment["PUBLIC_URL"] ?? "")) {
    throw complaint([["PUBLIC_URL", `must be https when NODE_ENV is ${parsed.NODE_ENV}`]]);
  }
}

/**
 * Requires `NODE_ENV` if other machines can reach the server. The default, development, keeps mail in the outbox and allows
 * calls from every origin.
 */
export function missingEnvironment(
  { PUBLIC_URL, DATABASE_URL, HOST }: VariableValues,
  { NODE_ENV = "" }: Environment,
): readonly Finding[] {
  if (NODE_ENV !== "") return [];
  const isPublic = PUBLIC_URL !== undefined && !isLoopbackHost(new URL(PUBLIC_URL).hostname);
  const isServer = !isLoopbackHost(HOST) && !isLoopbackHost(databaseHost(DATABASE_URL));
  const missing =
    "missing; set NODE_ENV=production on a server, or NODE_ENV=development where nobody's real account is";
  if (isPublic) return [["NODE_ENV", `${missing}. PUBLIC_URL is not this machine`]];
  return isServer ? [["NODE_ENV", `${missing}. DATABASE_URL is on another machine, and HOST listens to others`]] : [];
}

/** Requires a mail server if users must verify their address before they sign in, and Twilio if they register by a number. */
export function missingForRegistration(parsed: VariableValues): readonly Finding[] {
  if (hasOutbox(parsed)) return [];
  const isMailNeeded = parsed.REGISTRATION_MODE === "verified" && parsed.SMTP_URL === undefined;
  const isSmsNeeded = parsed.REGISTRATION_IDENTIFIERS.includes("phone") && parsed.TWILIO_ACCOUNT_SID === undefined;
  return [
    ...(isMailNeeded ? [["SMTP_URL", "required with REGISTRATION_MODE=verified"] as const] : []),
    ...(isSmsNeeded ? [["TWILIO_ACCOUNT_SID", "required with phone in REGISTRATION_IDENTIFIERS"] as const] : []),
  ];
}

/**
 * Rejects registrations by a username alone where the mode rests on a proof: an account that is made at once tells that its
 * username was free. A number is proven by a code before there is an account.
 */
export function wrongIdentifiers({ REGISTRATION_MODE, REGISTRATION_IDENTIFIERS }: VariableValues): readonly Finding[] {
  const isAtOdds = REGISTRATION_MODE === "verified" && REGISTRATION_IDENTIFIERS.includes("username");
  const why =
    "username does not go with REGISTRATION_MODE=verified, which makes an account when a link in a mail is opened, or a code is sent back";
  return isAtOdds ? [["REGISTRATION_IDENTIFIERS", why]] : [];
}

/** Rejects a lead that is longer than the rotation: keys follow one another, so each would sign for as long as the lead. */
export function wrongRotation(parsed: VariableValues): readonly Finding[] {
  const { SIGNING_KEY_ROTATION_DAYS: days, SIGNING_KEY_LEAD_SECONDS: leadSeconds } = parsed;
  const isTooLong = days > 0 && leadSeconds > days * daySeconds;
  return isTooLong ? [["SIGNING_KEY_LEAD_SECONDS", `longer than the ${days} days of SIGNING_KEY_ROTATION_DAYS`]] : [];
}

/** Refuses plain http to addresses that administrators enter: deliveries contain personal data. */
export function insecureOutbound({ NODE_ENV, OUTBOUND_HTTP }: VariableValues): readonly Finding[] {
  const isStrict = NODE_ENV === "production" || NODE_ENV === "staging";
  return isStrict && OUTBOUND_HTTP === "on" ? [["OUTBOUND_HTTP", `must be off when NODE_ENV is ${NODE_ENV}`]] : [];
}

/** Refuses providers whose settings are missing, wrong or half given, and a detour where real users sign in. */
export function wrongProviders({ NODE_ENV, SOCIAL_PROVIDERS, SOCIAL_DETOUR }: VariableValues): readonly Finding[] {
  const isStrict = NODE_ENV === "production" || NODE_ENV === "staging";
  const { mistakes } = parseProviders(SOCIAL_PROVIDERS);
  return [
    ...(mistakes.length === 0 ? [] : [["SOCIAL_PROVIDERS", mistakes.join("; ")] as const]),
    ...(isStrict && SOCIAL_DETOUR !== undefined
      ? [["SOCIAL_DETOUR", `not allowed when NODE_ENV is ${NODE_ENV}`] as const]
      : []),
  ];
}

/** Creates the error about these variables, with the rule and an example of each. */
export function complaint(findings: readonly Finding[]): StartupError {
  const lines = findings.map(([name, finding]) => {
    const notes = describeVariables().find((variable) => variable.name === name);
    return `  ${name}: ${finding}. ${notes?.description ?? ""}\n    Example: ${name}=${notes?.example ?? ""}`;
  });
  return new StartupError("ConfigError", `The configuration is not valid:\n${lines.join("\n")}`);
}

/** Whether the host name or address is this machine; an IPv6 address may have the brackets of a URL. */
function isLoopbackHost(host: string): boolean {
  return /^(([a-z0-9-]+\.)*localhost|127(\.\d{1,3}){3}|::1|\[::1\])$/i.test(host);
}

/** Returns the host of a PostgreSQL URL; `localhost` for a socket or without a URL. */
function databaseHost(url: string | undefined): string {
  if (url === undefined) return "localhost";
  const { hostname, searchParams } = new URL(url);
  // The `host` parameter overrides the host of the authority, as in libpq.
  const host = searchParams.get("host") ?? hostname;
  return host === "" || /^(\/|%2f)/i.test(host) ? "localhost" : host;
}
