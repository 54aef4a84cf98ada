import { parseArgs } from "node:util";
import { OptionsError, readArguments, wholeNumber } from "../command.ts";

/** The length of a run. */
export interface UsersOptions {
  /** Numbers of accounts, the smallest first. */
  readonly sizes: readonly number[];
  /** Calls of each operation at each size. */
  readonly calls: number;
  /** Changes of roles. */
  readonly changes: number;
  /** How often logins and refreshes are measured with the audit log and without. */
  readonly auditRounds: number;
  /** Duration of one such measurement. */
  readonly auditSeconds: number;
  /** How often users are exported and erased. */
  readonly memoryRounds: number;
  /** Whether the figures are kept: those of so many accounts, and of enough calls for a percentile. */
  readonly isPublished: boolean;
  /** The command that repeats the run. */
  readonly command: string;
}

/** The shortest run whose figures are kept. */
export const leastPublished = { accounts: 1_000_000, calls: 500 };

const fullSizes = [1000, 100_000, 1_000_000];
const calls = { name: "calls", max: 100_000, default: 1000 };
/** The smallest table has every kind of account, and the largest fits into the memory of a usual machine. */
const sizeBounds = { min: 1000, max: 5_000_000 };

const full = { changes: 200, auditRounds: 15, auditSeconds: 2, memoryRounds: 3 };
const quick = { changes: 20, auditRounds: 1, auditSeconds: 1, memoryRounds: 1 };
const quickSizes = [1000, 20_000];
const quickCalls = 50;

const usage = `Usage: pnpm bench:users [--sizes N,...] [--calls N] [--quick]
  --sizes N,...  numbers of accounts, ${sizeBounds.min} to ${sizeBounds.max}, the smallest first; default ${fullSizes.join(",")}
  --calls N      calls of each operation at each size, 1 to ${calls.max}; default ${calls.default}
  --quick        few accounts and calls, to see that everything works
Nothing is written below ${leastPublished.accounts} accounts or ${leastPublished.calls} calls.`;

/** The options of the command line. Throws {@link OptionsError}. */
export function parseOptions(args: string[]): UsersOptions {
  const text = { type: "string" } as const;
  const options = { sizes: text, calls: text, quick: { type: "boolean", default: false } } as const;
  const given = readArguments(() => parseArgs({ args, options }).values, usage);
  const defaults = given.quick ? { sizes: quickSizes, calls: quickCalls } : { sizes: fullSizes, calls: calls.default };
  const sizes = given.sizes === undefined ? defaults.sizes : toSizes(given.sizes);
  const chosenCalls = wholeNumber({ ...calls, default: defaults.calls }, given.calls, usage);
  const isLongEnough = (sizes.at(-1) ?? 0) >= leastPublished.accounts && chosenCalls >= leastPublished.calls;
  return {
    ...(given.quick ? quick : full),
    sizes,
    calls: chosenCalls,
    isPublished: !given.quick && isLongEnough,
    command: ["pnpm bench:users", ...args].join(" "),
  };
}

function toSizes(text: string): readonly number[] {
  const sizes = text.split(",").map(Number);
  const { min, max } = sizeBounds;
  const isValid = sizes.every(
    (size, index) => Number.isInteger(size) && size >= min && size <= max && size > (sizes[index - 1] ?? 0),
  );
  if (isValid) return sizes;
  throw new OptionsError(`--sizes ${text} are not ascending whole numbers from ${min} to ${max}.\n${usage}`);
}
