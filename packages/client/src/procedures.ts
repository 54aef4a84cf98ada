/** A procedure, as far as its callers know it: tRPC's own fit. */
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

/** A procedure that tells of events as they happen. */
export interface Subscription<Input, Output> extends Procedure<Input, Output> {
  readonly _def: Procedure<Input, Output>["_def"] & { readonly type: "subscription" };
}

/** A router, as far as its callers know it: tRPC's own fit. */
export interface Router<Record = object> {
  readonly _def: { readonly record: Record };
}

/** How the tokens of a session travel: in the bodies of answers, or in cookies that no script can read. */
export type Transport = "body" | "cookie";

interface WithTokens {
  readonly accessToken: string;
}

/** Of the two forms of a session, the one that this transport has. */
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

/** The client says by itself how the tokens are to travel. */
type InputOf<Input> = Input extends { transport?: Transport | undefined }
  ? "transport" extends keyof Input
    ? Omit<Input, "transport">
    : Input
  : Input;

/** What a call can be told besides its input. */
export interface CallOptions {
  /** Gives the call up; the server may have carried it out all the same. */
  readonly signal?: AbortSignal | undefined;
}

/** What no input can hold: the server does not read it, or no JSON has it. */
type Unsendable =
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | RegExp
  | Error
  | URL
  | ArrayBufferView
  | symbol
  | ((...given: never) => unknown);

/** The input without what cannot be sent, as far as five levels down: types may go round in a circle. */
type Sendable<Input, Levels extends unknown[] = []> = Input extends Unsendable
  ? never
  : Levels["length"] extends 5
    ? Input
    : Input extends object
      ? Input extends Date
        ? Input
        : { [Name in keyof Input]: Sendable<Input[Name], [...Levels, 0]> }
      : Input;

/** The input, or for one that nobody can send a type that says so. */
type SendableInput<Input> = [Input] extends [Sendable<Input>] ? Input : "The input holds what cannot be sent";

type Call<Input, Output> = CallWith<SendableInput<Input>, Output>;

type CallWith<Input, Output> = undefined extends Input
  ? (input?: Input, options?: CallOptions) => Promise<Output>
  : (input: Input, options?: CallOptions) => Promise<Output>;

/** Who listens to a subscription. */
export interface SubscriptionListener<Event> {
  /** An event. What `tracked` sends is in its `data`, with its `id`. */
  readonly onData?: (event: Event) => void;
  /** The server is connected, for the first time or again. */
  readonly onStarted?: () => void;
  /** The server refused for good: a {@link isGatehouseError | GatehouseError}. Nothing follows. Lost connections are made anew. */
  readonly onError?: (error: Error) => void;
  /** The server has nothing more to tell. Nothing follows. */
  readonly onComplete?: () => void;
  /** Ends the subscription, as `unsubscribe` does. */
  readonly signal?: AbortSignal | undefined;
}

/** A subscription that is open, or being opened. */
export interface OpenedSubscription {
  /** Closes it; the listener hears no more. */
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

/** What each procedure answers with. */
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
