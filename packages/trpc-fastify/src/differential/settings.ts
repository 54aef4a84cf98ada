import fc from "fast-check";
import { contextFactories } from "./contexts.ts";
import { errorReporters } from "./error-reporters.ts";
import { responseMetas } from "./response-metas.ts";

/** How a server of the differential test is set up. */
export interface Settings {
  readonly transformer: "none" | "superjson" | "throws on output" | "throws on input";
  readonly formatter: "default" | "custom" | "throws" | "returns nothing" | "drops data";
  /** Whether routers are loaded when they are first called, and whether one of them fails to. */
  readonly lazyRouters: "none" | "load" | "load or fail";
  readonly context: keyof typeof contextFactories;
  readonly responseMeta: keyof typeof responseMetas;
  readonly onError: keyof typeof errorReporters;
  /** Passed to the adapter as they are. */
  readonly limits: {
    readonly allowBatching?: boolean;
    readonly batching?: { readonly enabled: boolean };
    readonly maxBatchSize?: number;
    readonly allowMethodOverride?: boolean;
  };
}

/** Chooses the usual value most of the time, so that rare values meet working requests. */
function mostly<const T>(usual: T, ...others: readonly T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 2, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

function namesOf<T extends object>(record: T): (keyof T)[] {
  // An object literal has no keys but those of its type.
  return Object.keys(record) as (keyof T)[];
}

/** Every way to set up a server that one of its options knows. */
export const settingsArbitrary: fc.Arbitrary<Settings> = fc.record({
  transformer: fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom("none" as const, "superjson" as const) },
    { weight: 1, arbitrary: fc.constantFrom("throws on output" as const, "throws on input" as const) },
  ),
  formatter: mostly("default", "custom", "throws", "returns nothing", "drops data"),
  lazyRouters: fc.constantFrom("none", "load", "load or fail"),
  context: mostly("sync", ...namesOf(contextFactories)),
  responseMeta: mostly("none", ...namesOf(responseMetas)),
  onError: mostly("records", ...namesOf(errorReporters)),
  limits: fc.record(
    {
      allowBatching: fc.boolean(),
      batching: fc.record({ enabled: fc.boolean() }),
      maxBatchSize: fc.constantFrom(0, 2, 3.5, Number.NaN),
      allowMethodOverride: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
});

/** The settings that most servers have. */
export const plainSettings: Settings = {
  transformer: "none",
  formatter: "default",
  lazyRouters: "load",
  context: "sync",
  responseMeta: "none",
  onError: "records",
  limits: {},
};

/** Servers without anything that fails by itself. */
export const plainSettingsArbitrary: fc.Arbitrary<Settings> = fc
  .record({
    transformer: fc.constantFrom<Settings["transformer"]>("none", "superjson"),
    lazyRouters: fc.constantFrom<Settings["lazyRouters"]>("none", "load"),
  })
  .map((chosen) => ({ ...plainSettings, ...chosen }));
