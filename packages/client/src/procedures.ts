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

/** A router, as far as its callers know it: tRPC's own fit. */
export interface Router<Record = object> {
  readonly _def: { readonly record: Record };
}

/** What a call can be told besides its input. */
export interface CallOptions {
  /** Gives the call up; the server may have carried it out all the same. */
  readonly signal?: AbortSignal | undefined;
}

type Call<Input, Output> = undefined extends Input
  ? (input?: Input, options?: CallOptions) => Promise<Output>
  : (input: Input, options?: CallOptions) => Promise<Output>;

/** The procedures of a router, to call: `auth.login` becomes `auth.login.mutate(input)`. Subscriptions have no call. */
export type Procedures<Record> = {
  readonly [Name in keyof Record]: Record[Name] extends Query<infer Input, infer Output>
    ? { readonly query: Call<Input, Output> }
    : Record[Name] extends Mutation<infer Input, infer Output>
      ? { readonly mutate: Call<Input, Output> }
      : Record[Name] extends Procedure<unknown, unknown>
        ? never
        : Procedures<Record[Name]>;
};

/** What each procedure takes. */
export type Inputs<Record> = {
  readonly [Name in keyof Record]: Record[Name] extends Procedure<infer Input, unknown> ? Input : Inputs<Record[Name]>;
};

/** What each procedure answers with. */
export type Outputs<Record> = {
  readonly [Name in keyof Record]: Record[Name] extends Procedure<unknown, infer Output>
    ? Output
    : Outputs<Record[Name]>;
};

/** The path of each procedure, such as `auth.login`. */
export type Paths<Record> = {
  [Name in keyof Record & string]: Record[Name] extends Procedure<unknown, unknown>
    ? Name
    : `${Name}.${Paths<Record[Name]>}`;
}[keyof Record & string];
