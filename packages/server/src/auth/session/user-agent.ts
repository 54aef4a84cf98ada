import { BROWSER_MAP, getParser, OS_MAP } from "bowser";

/** A browser or an operating system, as a user agent names it. */
export interface NamedVersion {
  readonly name: string;
  readonly version?: string;
}

interface ParsedUserAgent {
  /** `null` if it is no browser, but for instance an app's HTTP client. */
  readonly browser: NamedVersion | null;
  readonly system: NamedVersion | null;
}

/** The user agent of every browser begins with one of these two. */
const browserPrefix = /^(Mozilla|Opera)\//;

const browserNames = new Set(Object.values(BROWSER_MAP));
const systemNames = new Set(Object.values(OS_MAP));

/**
 * The browser and the system that a `User-Agent` names (RFC 9110, 10.1.5), by which people recognise their sessions. The caller
 * may have made it up. Names are from a fixed list, versions are not.
 */
export function parseUserAgent(userAgent: string | null): ParsedUserAgent {
  // The parser throws for an empty one.
  if (userAgent === null || userAgent === "") return { browser: null, system: null };
  const parser = getParser(userAgent);
  const browser = browserPrefix.test(userAgent) ? parser.getBrowser() : {};
  const { name, version, versionName } = parser.getOS();
  return {
    browser: toNamedVersion(browser.name, browser.version, browserNames),
    // People know Windows by its version name, and macOS by its number.
    system: toNamedVersion(name, name === OS_MAP["Windows"] ? versionName : version, systemNames),
  };
}

function toNamedVersion(
  name: string | undefined,
  version: string | undefined,
  known: ReadonlySet<string>,
): NamedVersion | null {
  if (name === undefined || !known.has(name)) return null;
  return version === undefined || version === "" ? { name } : { name, version };
}
