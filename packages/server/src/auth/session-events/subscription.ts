import { idOfState, type SessionEvent, type SessionState } from "./session-state.ts";

/** An event with the id from which its reader can resume. */
export interface IdentifiedEvent {
  readonly id: string;
  readonly event: SessionEvent;
}

type Result = IteratorResult<IdentifiedEvent, undefined>;

/** The error by which a stopping server ends a stream: the reader should reconnect to another server. */
const stopped = () => new DOMException("the server stops", "AbortError");

/**
 * The events of a session for one reader. It holds only the newest state and no queue: a slow reader misses the states in
 * between.
 */
export class SessionSubscription implements AsyncIterableIterator<IdentifiedEvent, undefined> {
  /** The id of the state that the reader knows; `undefined` until the first state of a reader without `lastEventId`. */
  #knownId: string | undefined;
  #latest: SessionState | undefined;
  #waiting: PromiseWithResolvers<Result> | undefined;
  #end: "over" | "stopped" | undefined;
  readonly #release: () => void;

  /** `release` is called once: after the last event, or when the reader or the server ends the stream. */
  constructor(lastEventId: string | undefined, release: () => void) {
    this.#knownId = lastEventId;
    this.#release = release;
  }

  /** Sets the current state of the session. */
  update(state: SessionState): void {
    this.#latest = state;
    this.#deliver();
  }

  /** Ends the stream because the server stops. */
  stop(): void {
    this.#close("stopped");
  }

  next(): Promise<Result> {
    this.#waiting ??= Promise.withResolvers<Result>();
    const { promise } = this.#waiting;
    this.#deliver();
    return promise;
  }

  return(): Promise<Result> {
    this.#close("over");
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #close(end: "over" | "stopped"): void {
    this.#finish(end);
    this.#deliver();
  }

  #finish(end: "over" | "stopped"): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#release();
  }

  #deliver(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const value = this.#end === undefined ? this.#takeEvent() : undefined;
    if (value === undefined && this.#end === undefined) return;
    this.#waiting = undefined;
    if (value !== undefined) waiting.resolve({ done: false, value });
    else if (this.#end === "stopped") waiting.reject(stopped());
    else waiting.resolve({ done: true, value: undefined });
  }

  #takeEvent(): IdentifiedEvent | undefined {
    const state = this.#latest;
    if (state === undefined) return undefined;
    this.#latest = undefined;
    const id = idOfState(state);
    const isKnown = id === this.#knownId;
    const isFirst = this.#knownId === undefined;
    this.#knownId = id;
    if (!state.isLive) this.#finish("over");
    if (isKnown || (isFirst && state.isLive)) return undefined;
    return { id, event: state.isLive ? { type: "roles_changed", roles: [...state.roles] } : state.event };
  }
}
