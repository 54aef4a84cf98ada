/** The parameters that tRPC reads from a query string: the first one of each name. */
export interface TrpcQuery {
  readonly batch: string | null;
  readonly input: string | null;
  readonly connectionParams: string | null;
}

type Mutable = { -readonly [Name in keyof TrpcQuery]: TrpcQuery[Name] };

/** Reads a query string as `URLSearchParams` does, at a fraction of the cost. `search` may start with "?". */
export function readQuery(search: string): TrpcQuery {
  const query: Mutable = { batch: null, input: null, connectionParams: null };
  let start = search.startsWith("?") ? 1 : 0;
  while (start < search.length) {
    const ampersand = search.indexOf("&", start);
    const end = ampersand === -1 ? search.length : ampersand;
    const name = nameOf(search, start, end);
    if (isEncoded(name)) return readEncodedQuery(search);
    if (isRead(name)) query[name] ??= decode(search.slice(start + name.length + 1, end));
    start = end + 1;
  }
  return query;
}

function nameOf(search: string, start: number, end: number): string {
  const equals = search.indexOf("=", start);
  return search.slice(start, equals === -1 || equals > end ? end : equals);
}

function isRead(name: string): name is keyof TrpcQuery {
  return name === "batch" || name === "input" || name === "connectionParams";
}

function isEncoded(text: string): boolean {
  return text.includes("%") || text.includes("+");
}

/** Decodes a value from an address. */
function decode(value: string): string {
  if (!isEncoded(value)) return value;
  const spaced = value.includes("+") ? value.replaceAll("+", " ") : value;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // `decodeURIComponent` rejects bytes that are no UTF-8, which a form's decoder replaces.
    return new URLSearchParams(`value=${value}`).get("value") ?? "";
  }
}

function readEncodedQuery(search: string): TrpcQuery {
  const parameters = new URLSearchParams(search);
  return {
    batch: parameters.get("batch"),
    input: parameters.get("input"),
    connectionParams: parameters.get("connectionParams"),
  };
}
