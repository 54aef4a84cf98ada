import { type ContestantName, contestants } from "../contestants/contestants.ts";
import { type Measurement, median, medianOfKnown } from "../measurement.ts";
import type { CaseRounds, Round } from "../rounds.ts";
import type { Machine } from "./machine.ts";
import type { MeasureSummary } from "./measures.ts";
import { rounded } from "./rounded.ts";

/** Everything that is known of a run; `results/latest.json` holds the last one. */
export interface Report {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly command: string;
  readonly settings: object;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly measures: readonly MeasureSummary[];
  readonly cases: readonly CaseSummary[];
}

/** The figures of one case. */
export interface CaseSummary {
  readonly title: string;
  readonly contestants: readonly ContestantSummary[];
}

/** The figures of one contestant in a case: medians over the rounds, and each round for itself. */
export interface ContestantSummary {
  readonly title: string;
  readonly callsPerSecond: number;
  /** The median of each round's own ratio; `null` in cases without the floor. */
  readonly ratioToFloor: number | null;
  /** `null` in cases that hash nothing. */
  readonly ratioToArgon2: number | null;
  /** `null` where its processes did other work besides. */
  readonly cpuMicrosPerCall: number | null;
  /** What else was seen, by its name: medians over the rounds. */
  readonly figures: Readonly<Record<string, number>>;
  readonly rounds: readonly { readonly callsPerSecond: number; readonly cpuMicrosPerCall: number | null }[];
}

/** Sums the rounds of a case up. */
export function summarise({ measured, rounds }: CaseRounds): CaseSummary {
  return {
    title: measured.title,
    contestants: measured.contestants.map((name) => summariseContestant(name, rounds)),
  };
}

function summariseContestant(name: ContestantName, rounds: readonly Round[]): ContestantSummary {
  const measurements = rounds.map((round) => round.get(name)).filter((measurement) => measurement !== undefined);
  return {
    title: contestants[name].title,
    callsPerSecond: rounded(median(measurements.map((measurement) => measurement.callsPerSecond)), 1),
    ratioToFloor: ratio(rounds, name, "floor"),
    ratioToArgon2: ratio(rounds, name, "argon2"),
    cpuMicrosPerCall: wholeOrNull(medianOfKnown(measurements.map((measurement) => measurement.cpuMicrosPerCall))),
    figures: mediansOf(measurements),
    rounds: measurements.map(({ callsPerSecond, cpuMicrosPerCall }) => ({
      callsPerSecond: rounded(callsPerSecond, 1),
      cpuMicrosPerCall: wholeOrNull(cpuMicrosPerCall),
    })),
  };
}

function wholeOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value, 0);
}

function mediansOf(measurements: readonly Measurement[]): Readonly<Record<string, number>> {
  const names = Object.keys(measurements[0]?.figures ?? {});
  const valuesOf = (name: string) => measurements.flatMap(({ figures }) => figures?.[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, rounded(median(valuesOf(name)), 3)]));
}

function ratio(rounds: readonly Round[], name: ContestantName, base: ContestantName): number | null {
  const ratios = rounds.flatMap((round) => {
    const [measured, reference] = [round.get(name), round.get(base)];
    const isComparable = measured !== undefined && reference !== undefined;
    return isComparable ? [measured.callsPerSecond / reference.callsPerSecond] : [];
  });
  return ratios.length === 0 ? null : rounded(median(ratios), 3);
}
