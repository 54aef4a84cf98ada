// Types that TypeScript has to write out in full: it cannot name what another file does not export.
import type { Mutation, Query, Router, Subscription } from "../../src/procedures.ts";

type Described<Record> = Record extends infer R
  ? {
      [Name in keyof R]: R[Name] extends Query<infer Input, infer Output>
        ? Query<Input, Output>
        : R[Name] extends Mutation<infer Input, infer Output>
          ? Mutation<Input, Output>
          : R[Name] extends Subscription<infer Input, infer Output>
            ? Subscription<Input, EventOf<Output>>
            : Described<R[Name]>;
    }
  : never;

/** Member by member, since tRPC's own name for an event with an id would be written otherwise. */
type EventOf<Output> = Output extends AsyncIterable<infer Event> ? { [Name in keyof Event]: Event[Name] } : Output;

/** A router's procedures: their kinds, inputs and outputs, and nothing else. */
export declare function describeRouter<R extends Router>(): Router<Described<R["_def"]["record"]>>;

/** A union as its members. */
export declare function describeUnion<Union>(): Exclude<Union, never>;
