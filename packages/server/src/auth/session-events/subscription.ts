import { idOfState, type SessionEvent, type SessionState } from "./session-state.ts";

/** An event with the id by which its reader can resume. */
export interface ToldEvent {
  readonly id: string;
  readonly event: SessionEvent;
}

type Result = IteratorResult<ToldEvent, undefined>;

/** Told to readers by the server that stops: their stream ends, and they are to ask for it again elsewhere. */
const stopped = () => new DOMException("the server stops", "AbortError");

/**
 * What one reader of a session is told. It holds no events, only the newest state: who reads slowly misses those that were
 * over by then, and none piles up.
 */
export class SessionSubscription implements AsyncIterableIterator<ToldEvent, undefined> {
  /** The id of what the reader knows; undefined until it has connected for the first time. */
  #knownId: string | undefined;
  #news: SessionState | undefined;
  #waiting: PromiseWithResolvers<Result> | undefined;
  #end: "over" | "stopped" | undefined;
  readonly #release: () => void;

  /** `release` is called once, when there is nothing more to tell or nobody to tell it. */
  constructor(lastEventId: string | undefined, release: () => void) {
    this.#knownId = lastEventId;
    this.#release = release;
  }

  /** Takes note of how the session is. */
  notice(state: SessionState): void {
    this.#news = state;
    this.#settle();
  }

  /** The server stops. */
  stop(): void {
    this.#close("stopped");
  }

  next(): Promise<Result> {
    this.#waiting ??= Promise.withResolvers<Result>();
    const { promise } = this.#waiting;
    this.#settle();
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
    this.#settle();
  }

  #finish(end: "over" | "stopped"): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#release();
  }

  #settle(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    const value = this.#end === undefined ? this.#takeNews() : undefined;
    if (value === undefined && this.#end === undefined) return;
    this.#waiting = undefined;
    if (value !== undefined) waiting.resolve({ done: false, value });
    else if (this.#end === "stopped") waiting.reject(stopped());
    else waiting.resolve({ done: true, value: undefined });
  }

  #takeNews(): ToldEvent | undefined {
    const state = this.#news;
    if (state === undefined) return undefined;
    this.#news = undefined;
    const id = idOfState(state);
    const isKnown = id === this.#knownId;
    const isFirst = this.#knownId === undefined;
    this.#knownId = id;
    if (!state.isLive) this.#finish("over");
    if (isKnown || (isFirst && state.isLive)) return undefined;
    return { id, event: state.isLive ? { type: "roles_changed", roles: [...state.roles] } : state.event };
  }
}
