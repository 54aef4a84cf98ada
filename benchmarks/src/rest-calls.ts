interface Call {
  readonly body?: object;
  readonly token?: string;
}

/** Requests at once of a comparison that makes its own calls. */
const connections = 10;

/** Calls an operation of REST by POST. Throws for any answer outside 2xx. */
export async function call(url: string, path: string, { body, token }: Call = {}): Promise<Record<string, unknown>> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Record<string, unknown>;
}

/** The tokens of a session. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** The tokens that a sign-in returned. */
export function sessionIn({ session }: Record<string, unknown>): Tokens {
  return session as Tokens;
}

/** Does the work for each item, {@link connections} at once. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = items.values();
  const worker = async () => {
    for (const item of left) await work(item);
  };
  await Promise.all(Array.from({ length: connections }, worker));
}

/** Returns the processor time that the work takes a process for each item, in microseconds. */
export async function microsOfEach<T>(
  { cpuMicros }: { readonly cpuMicros: () => Promise<number> },
  items: readonly T[],
  work: (item: T) => Promise<unknown>,
): Promise<number> {
  const before = await cpuMicros();
  await inParallel(items, work);
  return ((await cpuMicros()) - before) / items.length;
}
