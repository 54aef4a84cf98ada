import { describeVariables } from "../../packages/server/src/config-variables.ts";

/** So high that no test meets a limit which it is not about; such a test sets its own. */
export const looseLimits: Readonly<Record<string, string>> = Object.fromEntries(
  describeVariables()
    .filter(({ name }) => /^LIMIT_.+_PER_/.test(name))
    .map(({ name }) => [name, "1000000"]),
);
