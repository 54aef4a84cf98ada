import type { IncomingHttpHeaders, IncomingMessage } from "node:http";

/**
 * Reads the query strings of requests without `new URL`, which would take as long as everything else here. Leaves
 * uncertain cases to the stock handler.
 */
export class AddressReader {
  /** Most requests name the same host. */
  #knownHost: string | undefined;

  /** The query with its question mark; undefined if the address is unusual or invalid. */
  readSearch({ url = "", headers }: IncomingMessage): string | undefined {
    if (!isPlainPath(url) || !this.#isPlainHost(hostOf(headers))) return undefined;
    const mark = url.indexOf("?");
    return mark === -1 ? "" : url.slice(mark);
  }

  #isPlainHost(host: string): boolean {
    if (host === this.#knownHost) return true;
    if (!isPlainHost(host)) return false;
    this.#knownHost = host;
    return true;
  }
}

/** A path from the root: two slashes would begin a host, and browsers read a backslash as a slash. */
function isPlainPath(url: string): boolean {
  return url.startsWith("/") && url[1] !== "/" && url[1] !== "\\" && !url.includes("#");
}

/** Fetch rejects a host that does not parse, and one with credentials. */
function isPlainHost(host: string): boolean {
  if (!URL.canParse(`http://${host}`)) return false;
  const { username, password } = new URL(`http://${host}`);
  return username === "" && password === "";
}

function hostOf(headers: IncomingHttpHeaders): string {
  return headers.host ?? String(headers[":authority"] ?? "localhost");
}
