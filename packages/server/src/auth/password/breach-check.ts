import { createHash } from "node:crypto";
import type { Logger } from "../../logging/logger.ts";

/** Whether a password is known from a breach. Answers `false` where that cannot be found out. */
export type BreachCheck = (password: string) => Promise<boolean>;

interface BreachCheckOptions {
  /** The address before the prefix, without a slash at its end. */
  readonly url: string;
  readonly log: Logger;
  /** How long the service may take before it counts as not reachable. Default 1500. */
  readonly timeoutMillis?: number;
}

/** Characters of the hash that the service gets to see; some 800 known passwords share each. */
const prefixCharacters = 5;

/**
 * Asks a service of Have I Been Pwned's range protocol. It learns five of the 40 characters of the SHA-1 and nothing
 * of the user (k-anonymity), and not even the number of hits from the size of its answer (`Add-Padding`). It fails
 * open: nobody is kept from choosing a password because another service is down.
 */
export function createBreachCheck({ url, log, timeoutMillis = 1500 }: BreachCheckOptions): BreachCheck {
  return async (password) => {
    const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
    try {
      const range = await fetchRange(`${url}/${hash.slice(0, prefixCharacters)}`, timeoutMillis);
      return isListed(range, hash.slice(prefixCharacters));
    } catch (err) {
      log.warn({ err }, "breach check failed, password accepted without it");
      return false;
    }
  };
}

/** The timeout covers the body too. */
async function fetchRange(address: string, timeoutMillis: number): Promise<string> {
  const response = await fetch(address, {
    headers: { "add-padding": "true", "user-agent": "gatehouse" },
    redirect: "error",
    signal: AbortSignal.timeout(timeoutMillis),
  });
  if (!response.ok) throw new Error(`The breach check answered ${response.status}`);
  return await response.text();
}

/** Lines of `SUFFIX:COUNT`; those of count 0 are padding. */
function isListed(range: string, suffix: string): boolean {
  return range.split(/\r?\n/).some((line) => {
    const [listed, count] = line.split(":");
    return listed?.toUpperCase() === suffix && Number(count) > 0;
  });
}
