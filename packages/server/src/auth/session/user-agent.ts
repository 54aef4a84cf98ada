import { BROWSER_MAP, getParser, OS_MAP } from "bowser";

/** A program or a system, as far as a user agent names it. */
export interface NamedVersion {
  readonly name: string;
  readonly version?: string;
}

interface ParsedUserAgent {
  /** `null` for whatever is no browser, such as an app's own client. */
  readonly browser: NamedVersion | null;
  readonly system: NamedVersion | null;
}

/** All browsers say that they are Mozilla, or that they are an old Opera. */
const browserPrefix = /^(Mozilla|Opera)\//;

const browserNames = new Set(Object.values(BROWSER_MAP));
const systemNames = new Set(Object.values(OS_MAP));

/**
 * The browser and the system that a `User-Agent` names (RFC 9110, 10.1.5), for people who must recognise their own. It is
 * what the caller said, so it proves nothing; names are of a fixed list, versions are not.
 */
export function parseUserAgent(userAgent: string | null): ParsedUserAgent {
  // The parser throws for an empty one.
  if (userAgent === null || userAgent === "") return { browser: null, system: null };
  const parser = getParser(userAgent);
  const browser = browserPrefix.test(userAgent) ? parser.getBrowser() : {};
  const { name, version, versionName } = parser.getOS();
  return {
    browser: toNamedVersion(browser.name, browser.version, browserNames),
    // Windows has a number that people do not know it by; macOS a name that says less than its number.
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
