import {
  httpSubscriptionLink,
  type Operation,
  type OperationResultEnvelope,
  TRPCClientError,
  type TRPCClientRuntime,
} from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import type { Observer, Unsubscribable } from "@trpc/server/observable";
import type { AnySession, ProcedurePath, RouterOutputs } from "../inference.ts";
import type { SessionManager } from "../session/session-manager.ts";
import { isRecord } from "../session/stored-session.ts";
import { type EventSourceConstructor, platformEventSource } from "./event-source.ts";
import { httpOptions, type RequestOptions } from "./http-options.ts";
import { isFinal, reconnectDelayMillis } from "./reconnection.ts";

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AnyTRPCRouter>>;
type Ticket = RouterOutputs["auth"]["createSubscriptionTicket"];

/** The dependencies of a subscription. */
export interface SubscriptionOptions {
  readonly request: RequestOptions;
  /** Default: the platform's own. */
  readonly eventSource: EventSourceConstructor | undefined;
  readonly sessions: Pick<SessionManager<AnySession>, "current" | "endAsTold">;
  /** Gets a ticket for the stored session. */
  readonly createTicket: () => Promise<Ticket>;
}

interface OpenOptions extends SubscriptionOptions {
  readonly runtime: TRPCClientRuntime;
  readonly op: Operation;
  readonly observer: Observer<Envelope, TRPCClientError<AnyTRPCRouter>>;
}

const sessionEvents: ProcedurePath = "auth.onSessionChange";

/**
 * Opens one subscription over any number of connections. Each has a ticket of its own, and continues where the one
 * before was cut.
 */
export class OpenSubscription {
  readonly #options: OpenOptions;
  /** The session at the start; null if nobody was signed in. */
  #sessionId: string | null | undefined;
  #lastEventId: string | undefined;
  #failures = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #connection: Unsubscribable | undefined;
  #isClosed = false;

  constructor(options: OpenOptions) {
    this.#options = options;
    this.#lastEventId = lastEventIdIn(options.op.input);
  }

  connect(): void {
    this.#open().catch((error: unknown) => this.#retryOrFail(error));
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#leave();
  }

  async #open(): Promise<void> {
    const { sessions, createTicket, op } = this.#options;
    const EventSource = this.#options.eventSource ?? platformEventSource();
    if (EventSource === undefined) {
      this.#fail(new TypeError("This platform has no EventSource: give createClient one as `eventSource`"));
      return;
    }
    const sessionId = (await sessions.current())?.session.id ?? null;
    this.#sessionId ??= sessionId;
    // Events of a session must not reach a user who signed in later.
    if (sessionId !== this.#sessionId) {
      this.#complete();
      return;
    }
    const ticket = sessionId === null ? null : await createTicket();
    if (op.path === sessionEvents) this.#lastEventId ??= ticket?.sessionEventId;
    if (!this.#isClosed) this.#listen(EventSource, ticket);
  }

  #listen(EventSource: EventSourceConstructor, ticket: Ticket | null): void {
    const { op, runtime, request } = this.#options;
    const { url, transformer } = httpOptions(request);
    const connectionParams = () => (ticket === null ? null : { ticket: ticket.ticket });
    const link = httpSubscriptionLink<AnyTRPCRouter, EventSourceConstructor>({
      url,
      transformer,
      EventSource,
      connectionParams,
    });
    const sent = { ...op, input: withLastEventId(op.input, this.#lastEventId) };
    // A connection that was closed on purpose also completes; the listener must not see that.
    const isLeft = () => this.#connection !== connection;
    let connection: Unsubscribable | undefined;
    this.#connection = undefined;
    connection = link(runtime)({ op: sent, next: lastLink }).subscribe({
      next: (envelope) => isLeft() || this.#receive(envelope),
      error: (error) => isLeft() || this.#retryOrFail(error),
      complete: () => isLeft() || this.#complete(),
    });
    this.#connection = connection;
  }

  #receive(envelope: Envelope): void {
    const { result } = envelope;
    // The browser's own reconnection would send the used ticket again.
    if (result.type === "state" && result.error) {
      this.#retryOrFail(result.error);
      return;
    }
    if (result.type === "started") this.#failures = 0;
    const isData = result.type === undefined || result.type === "data";
    if (isData && "id" in result && typeof result.id === "string") this.#lastEventId = result.id;
    this.#options.observer.next(envelope);
    if (isData) this.#endSessionAsTold(result.data);
  }

  /** The server has reported the end of the session. If the storage fails here, the next call finds out too. */
  #endSessionAsTold(told: unknown): void {
    const { op, sessions } = this.#options;
    const event = isRecord(told) ? told["data"] : undefined;
    if (op.path !== sessionEvents || !isRecord(event) || typeof this.#sessionId !== "string") return;
    if (event["type"] !== "revoked" && event["type"] !== "expired") return;
    sessions.endAsTold(this.#sessionId).catch(() => undefined);
  }

  #retryOrFail(error: unknown): void {
    if (this.#isClosed) return;
    this.#leave();
    if (isFinal(error)) {
      this.#fail(error);
      return;
    }
    this.#options.observer.next({ result: { type: "state", state: "connecting", error: toClientError(error) } });
    this.#timer = setTimeout(() => this.connect(), reconnectDelayMillis(this.#failures, error));
    this.#failures += 1;
  }

  #fail(error: unknown): void {
    this.close();
    this.#options.observer.error(toClientError(error));
  }

  #complete(): void {
    this.close();
    this.#options.observer.complete();
  }

  #leave(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.unsubscribe();
  }
}

function toClientError(error: unknown): TRPCClientError<AnyTRPCRouter> {
  return TRPCClientError.from(error instanceof Error ? error : new Error("The connection failed", { cause: error }));
}

/** The id to resume at: the app's own at first, then that of the latest event. */
function lastEventIdIn(input: unknown): string | undefined {
  const id = isRecord(input) ? input["lastEventId"] : undefined;
  return typeof id === "string" ? id : undefined;
}

function withLastEventId(input: unknown, lastEventId: string | undefined): unknown {
  if (lastEventId === undefined) return input;
  return isRecord(input) ? { ...input, lastEventId } : (input ?? { lastEventId });
}

function lastLink(): never {
  throw new Error("there is no link after this one");
}
