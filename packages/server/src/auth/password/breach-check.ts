import { createHash } from "node:crypto";
import type { Logger } from "../../logging/logger.ts";

/** Whether a password is known from a breach; `false` if that cannot be determined. */
export type BreachCheck = (password: string) => Promise<boolean>;

interface BreachCheckOptions {
  /** The address before the prefix, without a slash at its end. */
  readonly url: string;
  readonly log: Logger;
  /** Milliseconds after which the service counts as unreachable. Default 1500. */
  readonly timeoutMillis?: number;
}

/** Characters of the hash that the service receives; some 800 known passwords share each prefix. */
const prefixCharacters = 5;

/**
 * Asks a service that implements Have I Been Pwned's range protocol. The service learns five of the 40 characters of the SHA-1
 * and nothing about the user (k-anonymity); `Add-Padding` hides the number of hits. The check fails open: an outage of the
 * service keeps nobody from choosing a password.
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
