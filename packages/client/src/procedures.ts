/** The part of a procedure that its callers know; tRPC's procedures match it. */
interface Procedure<Input, Output> {
  readonly _def: { readonly $types: { readonly input: Input; readonly output: Output } };
}

/** A procedure that reads. */
export interface Query<Input, Output> extends Procedure<Input, Output> {
  readonly _def: Procedure<Input, Output>["_def"] & { readonly type: "query" };
}

/** A procedure that writes. */
export interface Mutation<Input, Output> extends Procedure<Input, Output> {
  readonly _def: Procedure<Input, Output>["_def"] & { readonly type: "mutation" };
}

/** A procedure that sends events as they happen. */
export interface Subscription<Input, Output> extends Procedure<Input, Output> {
  readonly _def: Procedure<Input, Output>["_def"] & { readonly type: "subscription" };
}

/** The part of a router that its callers know; tRPC's routers match it. */
export interface Router<Record = object> {
  readonly _def: { readonly record: Record };
}

/** The place of a session's tokens: the bodies of answers, or cookies that no script can read. */
export type Transport = "body" | "cookie";

interface WithTokens {
  readonly accessToken: string;
}

/** The form of a session that this transport has. */
type FormOf<Session, T extends Transport> = [Extract<Session, WithTokens>, Exclude<Session, WithTokens>] extends
  | [never, unknown]
  | [unknown, never]
  ? Session
  : T extends "cookie"
    ? Exclude<Session, WithTokens>
    : Extract<Session, WithTokens>;

type AnswerIn<Output, T extends Transport> = Output extends { session: unknown }
  ? { [Name in keyof Output]: Name extends "session" ? FormOf<Output[Name], T> : Output[Name] }
  : Output;

/** The client sets the transport itself. */
type InputOf<Input> = Input extends { transport?: Transport | undefined }
  ? "transport" extends keyof Input
    ? Omit<Input, "transport">
    : Input
  : Input;

/** The options of a call. */
export interface CallOptions {
  /** Aborts the call; the server may carry it out nevertheless. */
  readonly signal?: AbortSignal | undefined;
}

/** Values that no input can contain: the server does not accept them, or JSON cannot express them. */
type Unsendable =
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | RegExp
  | Error
  | URL
  | ArrayBufferView
  | symbol
  | ((...given: never) => unknown);

/** The input without values that cannot be sent, down to five levels, since types may be recursive. */
type Sendable<Input, Levels extends unknown[] = []> = Input extends Unsendable
  ? never
  : Levels["length"] extends 5
    ? Input
    : Input extends object
      ? Input extends Date
        ? Input
        : { [Name in keyof Input]: Sendable<Input[Name], [...Levels, 0]> }
      : Input;

/** The input, or an explaining type if nobody can send it. */
type SendableInput<Input> = [Input] extends [File]
  ? Input
  : [Input] extends [Sendable<Input>]
    ? Input
    : "The input holds what cannot be sent";

/** The input of a procedure that takes a file. The platform's `File` is a `Blob`. */
type File = Uint8Array | Blob;

type Call<Input, Output> = CallWith<SendableInput<Input>, Output>;

type CallWith<Input, Output> = undefined extends Input
  ? (input?: Input, options?: CallOptions) => Promise<Output>
  : (input: Input, options?: CallOptions) => Promise<Output>;

/** The listener of a subscription. */
export interface SubscriptionListener<Event> {
  /** Called with an event. A `tracked` value is in its `data`, with its `id`. */
  readonly onData?: (event: Event) => void;
  /** Called at each connection to the server, the first and later ones. */
  readonly onStarted?: () => void;
  /**
   * Called with a {@link isGatehouseError | GatehouseError} at a final refusal. Nothing follows. A lost connection is
   * no error: the client reconnects.
   */
  readonly onError?: (error: Error) => void;
  /** Called when the server has sent its last event. Nothing follows. */
  readonly onComplete?: () => void;
  /** Ends the subscription, as `unsubscribe` does. */
  readonly signal?: AbortSignal | undefined;
}

/** A subscription that is open or opening. */
export interface OpenedSubscription {
  /** Closes it; the listener is not called again. */
  unsubscribe(): void;
}

type Subscribe<Input, Output> = (
  input: Input,
  listener: SubscriptionListener<Output extends AsyncIterable<infer Event> ? Event : Output>,
) => OpenedSubscription;

/** The procedures of a router, to call: `auth.login` becomes `auth.login.mutate(input)`. */
export type Procedures<Record, T extends Transport = "body"> = {
  readonly [Name in keyof Record]: Record[Name] extends Query<infer Input, infer Output>
    ? { readonly query: Call<InputOf<Input>, AnswerIn<Output, T>> }
    : Record[Name] extends Mutation<infer Input, infer Output>
      ? { readonly mutate: Call<InputOf<Input>, AnswerIn<Output, T>> }
      : Record[Name] extends Subscription<infer Input, infer Output>
        ? { readonly subscribe: Subscribe<Input, Output> }
        : Procedures<Record[Name], T>;
};

/** A router's record without its subscriptions. */
export type Calls<Record> = {
  readonly [Name in keyof Record as Record[Name] extends Subscription<unknown, unknown>
    ? never
    : Name]: Record[Name] extends Query<unknown, unknown> | Mutation<unknown, unknown>
    ? Record[Name]
    : Calls<Record[Name]>;
};

/** What each procedure takes. */
export type Inputs<Record> = {
  readonly [Name in keyof Record]: Record[Name] extends Procedure<infer Input, unknown>
    ? InputOf<Input>
    : Inputs<Record[Name]>;
};

/** The output of each procedure. */
export type Outputs<Record, T extends Transport = "body"> = {
  readonly [Name in keyof Record]: Record[Name] extends Procedure<unknown, infer Output>
    ? AnswerIn<Output, T>
    : Outputs<Record[Name], T>;
};

/** The path of each procedure, such as `auth.login`. */
export type Paths<Record> = {
  [Name in keyof Record & string]: Record[Name] extends Procedure<unknown, unknown>
    ? Name
    : `${Name}.${Paths<Record[Name]>}`;
}[keyof Record & string];
