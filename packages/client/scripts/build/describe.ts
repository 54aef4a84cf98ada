// Types that TypeScript has to write out in full: it cannot name what another file does not export.
import type { Mutation, Query, Router, Subscription } from "../../src/procedures.ts";

type Described<Record> = Record extends infer R
  ? {
      [Name in keyof R]: R[Name] extends Query<infer Input, infer Output>
        ? Query<Input, Output>
        : R[Name] extends Mutation<infer Input, infer Output>
          ? Mutation<Input, Output>
          : R[Name] extends Subscription<infer Input, infer Output>
            ? Subscription<Input, DescribedEvents<Output>>
            : Described<R[Name]>;
    }
  : never;

/** What `tracked` sends has its type in a module of tRPC that declarations must not name. */
type DescribedEvents<Output> =
  Output extends AsyncIterable<infer Event>
    ? AsyncIterable<Event extends { id: string; data: infer Data } ? { id: string; data: Data } : Event>
    : Output;

/** A router's procedures: their kinds, inputs and outputs, and nothing else. */
export declare function describeRouter<R extends Router>(): Router<Described<R["_def"]["record"]>>;

/** A union as its members. */
export declare function describeUnion<Union>(): Exclude<Union, never>;
