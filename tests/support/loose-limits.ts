import { describeVariables } from "../../packages/server/src/config-variables.ts";

/** Limits that no test reaches by accident; a test of a limit sets its own. */
export const looseLimits: Readonly<Record<string, string>> = Object.fromEntries(
  describeVariables()
    .filter(({ name }) => /^LIMIT_.+_PER_/.test(name))
    .map(({ name }) => [name, "1000000"]),
);
