/** The part of `EventSource` (HTML standard) that the client or tRPC's types use. */
interface EventSourceLike {
  readonly readyState: number;
  readonly CONNECTING: number;
  readonly OPEN: number;
  readonly CLOSED: number;
  addEventListener(type: string, listener: (event: Event) => void): void;
  removeEventListener(type: string, listener: (event: Event) => void): void;
  close(): void;
}

/** A class like the browsers' `EventSource`; that of the package `eventsource` is one. */
export type EventSourceConstructor = new (url: string) => EventSourceLike;

/** The platform's own; undefined if it has none, as in Node and React Native. */
export function platformEventSource(): EventSourceConstructor | undefined {
  return "EventSource" in globalThis ? globalThis.EventSource : undefined;
}
