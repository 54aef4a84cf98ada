import { rest } from "../support/rest.ts";

/** One server-sent event, read. */
interface SeenEvent {
  /** `message` for what the procedure told; otherwise tRPC's own. */
  readonly name: string;
  readonly id: string | undefined;
  /** What superjson wrapped, or the bare JSON of tRPC's own events. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert what is in it
  readonly data: any;
}

/** A stream of events that is being read. */
export interface EventReader extends AsyncDisposable {
  readonly response: Response;
  /** The next event that is no sign of life; undefined when the stream has ended. */
  next(): Promise<SeenEvent | undefined>;
  /** The next event of this name. */
  nextOf(name: string): Promise<SeenEvent>;
  /** All that is left, until the stream ends. */
  rest(): Promise<readonly SeenEvent[]>;
}

/** How a subscription is opened: with an access token in the header, or with a ticket in the address. */
interface Opening {
  readonly token?: string;
  readonly ticket?: string;
  readonly lastEventId?: string | undefined;
}

/** A ticket for the session of this access token. */
export async function getTicket(url: string, token: string): Promise<{ ticket: string; sessionEventId: string }> {
  const { status, body } = await rest(url, "/v1/auth/subscription-tickets", { method: "POST", token });
  if (status !== 201) throw new Error(`The ticket was refused: ${JSON.stringify(body)}`);
  return body;
}

/** Opens `auth.onSessionChange` and resolves when the server has answered. */
export async function openEvents(url: string, { token, ticket, lastEventId }: Opening): Promise<EventReader> {
  const address = new URL("/rpc/auth.onSessionChange", url);
  if (ticket !== undefined) address.searchParams.set("connectionParams", JSON.stringify({ ticket }));
  const closing = new AbortController();
  const response = await fetch(address, {
    signal: closing.signal,
    headers: {
      accept: "text/event-stream",
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(lastEventId === undefined ? {} : { "last-event-id": lastEventId }),
    },
  });
  const events = parse(response);
  const next = async () => {
    const { value, done } = await events.next();
    return done === true ? undefined : value;
  };
  const nextNamed = async () => {
    let event = await next();
    while (event?.name === "ping") event = await next();
    return event;
  };
  return {
    response,
    next: nextNamed,
    async nextOf(name) {
      let event = await next();
      while (event !== undefined && event.name !== name) event = await next();
      if (event === undefined) throw new Error(`The stream ended without ${name}`);
      return event;
    },
    async rest() {
      const left: SeenEvent[] = [];
      for (let event = await nextNamed(); event !== undefined; event = await nextNamed()) left.push(event);
      return left;
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
    },
  };
}

/** Opens it and reads on until the server is connected. */
export async function connectEvents(url: string, opening: Opening): Promise<EventReader> {
  const reader = await openEvents(url, opening);
  const first = await reader.next();
  if (first?.name !== "connected") throw new Error(`The stream began with ${JSON.stringify(first)}`);
  return reader;
}

async function* parse(response: Response): AsyncGenerator<SeenEvent, undefined> {
  let text = "";
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    const blocks = (text + chunk).split(/\n{2,}/);
    text = blocks.pop() ?? "";
    yield* blocks.filter((block) => block !== "").map(toEvent);
  }
}

function toEvent(block: string): SeenEvent {
  const field = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(block)?.[1];
  const parsed = JSON.parse(field("data") || "null");
  return { name: field("event") ?? "message", id: field("id"), data: parsed?.json ?? parsed };
}
