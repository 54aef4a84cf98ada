import { parseArgs } from "node:util";
import { cases } from "./cases.ts";
import { OptionsError, readArguments, wholeNumber } from "./command.ts";
import type { ActionName } from "./load/scripts.ts";

/** The work of a run, and its length. */
export interface Options {
  /** The cases that are measured, by their actions. */
  readonly actions: readonly ActionName[];
  /** Whether resident memory is watched instead of the cases. */
  readonly memory: boolean;
  /** Calls while memory is watched. */
  readonly memoryCalls: number;
  /** Whether the memory of open subscriptions is measured instead of the cases. */
  readonly watchesSubscriptions: boolean;
  /** Subscriptions that are opened for that. */
  readonly subscriptions: number;
  /** Whether the time that a start takes is measured instead of the cases. */
  readonly measuresStart: boolean;
  /** Starts of each kind that are measured for that. */
  readonly starts: number;
  /** Each round measures every contestant in every case once. */
  readonly rounds: number;
  /** Duration of one measurement. */
  readonly seconds: number;
  /** Duration of the load on every contestant in every case before the first round. */
  readonly warmUpSeconds: number;
  /** Whether the figures are kept: those of all cases, in enough rounds that are long enough for a noisy machine. */
  readonly isPublished: boolean;
  /** The command that repeats the run. */
  readonly command: string;
}

const actions = cases.map(({ action }) => action);

/** The shortest run of the cases whose figures are kept. */
export const leastPublished = { rounds: 5, seconds: 3 };

const rounds = { name: "rounds", max: 50, default: 5 };
const seconds = { name: "seconds", max: 60, default: 5 };
const fullWarmUpSeconds = 3;

const quick = { rounds: 1, seconds: 1, warmUpSeconds: 1, memoryCalls: 10_000, subscriptions: 500, starts: 1 };
const fullMemoryCalls = 1_000_000;
const fullSubscriptions = 5000;
const fullStarts = 9;

const usage = `Usage: pnpm bench [--case NAME]... [--rounds N] [--seconds N] [--quick]
       pnpm bench --memory [--quick]
       pnpm bench --subscriptions [--quick]
       pnpm bench --start [--quick]
  --case NAME  measure this case only; ${actions.join(", ")}; nothing is written
  --rounds N   how often everything is measured, 1 to ${rounds.max}; default ${rounds.default}, below ${leastPublished.rounds} nothing is written
  --seconds N  duration of one measurement, 1 to ${seconds.max}; default ${seconds.default}, below ${leastPublished.seconds} nothing is written
  --memory     watch resident memory during ${fullMemoryCalls.toLocaleString("en")} calls instead
  --subscriptions  measure what ${fullSubscriptions} open subscriptions cost instead
  --start      measure how long ${fullStarts} starts of each kind take instead
  --quick      one round of one second, or a part of the calls, subscriptions or starts, to see that everything works; nothing is written`;

const flag = { type: "boolean", default: false } as const;
const text = { type: "string" } as const;
const options = {
  rounds: text,
  seconds: text,
  case: { ...text, multiple: true },
  quick: flag,
  memory: flag,
  subscriptions: flag,
  start: flag,
} as const;

/** The options of the command line. Throws {@link OptionsError}. */
export function parseOptions(args: string[]): Options {
  const given = readArguments(() => parseArgs({ args, options }).values, usage);
  const isOther = given.memory || given.subscriptions || given.start;
  if ((given.quick || isOther) && (given.rounds ?? given.seconds) !== undefined) {
    throw new OptionsError(`--quick, --memory, --subscriptions and --start go without rounds and seconds.\n${usage}`);
  }
  const full = {
    rounds: wholeNumber(rounds, given.rounds, usage),
    seconds: wholeNumber(seconds, given.seconds, usage),
    warmUpSeconds: fullWarmUpSeconds,
    memoryCalls: fullMemoryCalls,
    subscriptions: fullSubscriptions,
    starts: fullStarts,
  };
  const length = given.quick ? quick : full;
  return {
    ...length,
    actions: given.case === undefined ? actions : given.case.map(toAction),
    memory: given.memory,
    watchesSubscriptions: given.subscriptions,
    measuresStart: given.start,
    isPublished: !given.quick && (isOther || (given.case === undefined && isLongEnough(full))),
    command: ["pnpm bench", ...args].join(" "),
  };
}

function isLongEnough({ rounds, seconds }: Pick<Options, "rounds" | "seconds">): boolean {
  return rounds >= leastPublished.rounds && seconds >= leastPublished.seconds;
}

function toAction(text: string): ActionName {
  const action = actions.find((name) => name === text);
  if (action === undefined) throw new OptionsError(`There is no case ${text}.\n${usage}`);
  return action;
}
