import { parseArgs } from "node:util";
import { type ActionName, actions } from "./cases.ts";

/** The arguments are wrong; the message says what they may be. */
export class OptionsError extends Error {
  override readonly name = "OptionsError";
}

/** What a run does, and how long it takes. */
export interface Options {
  /** Whose cases are measured. */
  readonly actions: readonly ActionName[];
  /** Whether resident memory is watched instead of the cases. */
  readonly memory: boolean;
  /** Calls while memory is watched. */
  readonly memoryCalls: number;
  /** Whether the memory of open subscriptions is measured instead of the cases. */
  readonly watchesSubscriptions: boolean;
  /** Subscriptions that are opened for that. */
  readonly subscriptions: number;
  /** Each round measures every contestant in every case once. */
  readonly rounds: number;
  /** Duration of one measurement. */
  readonly seconds: number;
  /** Duration of the load on every contestant in every case before the first round. */
  readonly warmUpSeconds: number;
  /** Whether its figures say enough to be kept: of all cases, in enough rounds for a noisy machine. */
  readonly isPublished: boolean;
  /** The command that repeats the run. */
  readonly command: string;
}

const minPublishedRounds = 5;

const ranges = { rounds: { max: 50, default: 5 }, seconds: { max: 60, default: 5 } };
const fullWarmUpSeconds = 3;

const quick = { rounds: 1, seconds: 1, warmUpSeconds: 1, memoryCalls: 10_000, subscriptions: 500 };
const fullMemoryCalls = 1_000_000;
const fullSubscriptions = 5000;

const usage = `Usage: pnpm bench [--case NAME]... [--rounds N] [--seconds N] [--quick]
       pnpm bench --memory [--quick]
       pnpm bench --subscriptions [--quick]
  --case NAME  measure this case only; ${actions.join(", ")}; nothing is written
  --rounds N   how often everything is measured, 1 to ${ranges.rounds.max}; default ${ranges.rounds.default}, below ${minPublishedRounds} nothing is written
  --seconds N  duration of one measurement, 1 to ${ranges.seconds.max}; default ${ranges.seconds.default}
  --memory     watch resident memory during ${fullMemoryCalls.toLocaleString("en")} calls instead
  --subscriptions  measure what ${fullSubscriptions} open subscriptions cost instead
  --quick      one round of one second, or a part of the calls or subscriptions, to see that everything works; nothing is written`;

/** The options of the command line. Throws {@link OptionsError}. */
export function parseOptions(args: string[]): Options {
  const given = readArguments(args);
  const isOther = given.memory || given.subscriptions;
  if ((given.quick || isOther) && (given.rounds ?? given.seconds) !== undefined) {
    throw new OptionsError(`--quick, --memory and --subscriptions go without rounds and seconds.\n${usage}`);
  }
  const full = {
    rounds: wholeNumber("rounds", given.rounds),
    seconds: wholeNumber("seconds", given.seconds),
    warmUpSeconds: fullWarmUpSeconds,
    memoryCalls: fullMemoryCalls,
    subscriptions: fullSubscriptions,
  };
  const length = given.quick ? quick : full;
  return {
    ...length,
    actions: given.case === undefined ? actions : given.case.map(toAction),
    memory: given.memory,
    watchesSubscriptions: given.subscriptions,
    isPublished: !given.quick && (isOther || (given.case === undefined && length.rounds >= minPublishedRounds)),
    command: ["pnpm bench", ...args].join(" "),
  };
}

function readArguments(args: string[]) {
  try {
    const flag = { type: "boolean", default: false } as const;
    const text = { type: "string" } as const;
    const options = {
      rounds: text,
      seconds: text,
      case: { ...text, multiple: true },
      quick: flag,
      memory: flag,
      subscriptions: flag,
    } as const;
    return parseArgs({ args, options }).values;
  } catch (cause) {
    throw new OptionsError(`${cause instanceof Error ? cause.message : cause}\n${usage}`, { cause });
  }
}

function toAction(text: string): ActionName {
  const action = actions.find((name) => name === text);
  if (action === undefined) throw new OptionsError(`There is no case ${text}.\n${usage}`);
  return action;
}

function wholeNumber(name: keyof typeof ranges, text: string | undefined): number {
  const range = ranges[name];
  if (text === undefined) return range.default;
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= range.max) return value;
  throw new OptionsError(`--${name} ${text} is not a whole number from 1 to ${range.max}.\n${usage}`);
}
