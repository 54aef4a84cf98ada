import { describeVariables } from "../../packages/server/src/config-variables.ts";

/** The default settings of these names, from `.env.example`, for tests of the defaults. */
export function defaultSettings(...names: readonly string[]): Readonly<Record<string, string>> {
  const examples = new Map(describeVariables().map(({ name, example }) => [name, example]));
  return Object.fromEntries(
    names.map((name) => {
      const value = examples.get(name);
      if (value === undefined) throw new Error(`There is no setting ${name}`);
      return [name, value];
    }),
  );
}

/** So high that no test meets a limit which it is not about; such a test sets its own. */
export const looseLimits: Readonly<Record<string, string>> = Object.fromEntries(
  describeVariables()
    .filter(({ name }) => /^LIMIT_.+_PER_/.test(name))
    .map(({ name }) => [name, "1000000"]),
);
