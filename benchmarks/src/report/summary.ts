import { type Measure, measures, type RatioMeasure } from "../cases.ts";
import { type ContestantName, contestants } from "../contestants/contestants.ts";
import type { Measurement } from "../contestants/measuring.ts";
import type { ActionName } from "../load/scripts.ts";
import type { CaseRounds, Round } from "../runs/rounds.ts";
import { median, medianOfKnown, rounded } from "./numbers.ts";
import type { Origin } from "./origin.ts";

/** The report of a run of the cases; `results/latest.json` holds the last one that was published. */
export interface Report extends Origin {
  readonly settings: object;
  readonly measures: readonly MeasureSummary[];
  readonly cases: readonly CaseSummary[];
}

/** The figures of one case. */
interface CaseSummary {
  readonly action: ActionName;
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
  /** The same of PostgreSQL; `null` too where the run could not measure it. */
  readonly postgresCpuMicrosPerCall: number | null;
  /** Other figures by their names: medians over the rounds. */
  readonly figures: Readonly<Record<string, number>>;
  readonly rounds: readonly RoundSummary[];
}

/** The figures of one contestant in one round of a case. */
type RoundSummary = Pick<Measurement, "callsPerSecond" | "cpuMicrosPerCall" | "postgresCpuMicrosPerCall">;

/** The figures of one measure. */
export interface MeasureSummary {
  readonly title: string;
  /** The median of each round's own value; for a ratio that is not the ratio of the medians. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /**
   * The ratio of the contestants' own processor time, the other way round, so that more is better here too; `null` where that
   * is not known, and for figures of one contestant.
   */
  readonly cpuRatio: number | null;
  readonly atLeast: number | null;
  readonly atMost: number | null;
}

/** Whether the median meets the requirement; `undefined` where there is none. */
export function isReached({ ratio, atLeast, atMost }: MeasureSummary): boolean | undefined {
  if (atLeast === null && atMost === null) return undefined;
  return (atLeast === null || ratio >= atLeast) && (atMost === null || ratio <= atMost);
}

/** A requirement as text, such as `≥ 0.40`; empty where there is none. */
export function formatRequirement({ atLeast, atMost }: MeasureSummary): string {
  const bounds = [atLeast === null ? [] : `≥ ${atLeast.toFixed(2)}`, atMost === null ? [] : `≤ ${atMost.toFixed(2)}`];
  return bounds.flat().join(", ");
}

/** Summarises the rounds of a case. */
export function summariseCase({ measured, rounds }: CaseRounds): CaseSummary {
  return {
    action: measured.action,
    title: measured.title,
    contestants: measured.contestants.map((name) => summariseContestant(name, rounds)),
  };
}

function summariseContestant(name: ContestantName, rounds: readonly Round[]): ContestantSummary {
  const measurements = rounds.map((round) => round.get(name)).filter((measurement) => measurement !== undefined);
  return {
    title: contestants[name].title,
    callsPerSecond: rounded(median(measurements.map((measurement) => measurement.callsPerSecond)), 1),
    ratioToFloor: ratioTo(rounds, name, "floor"),
    ratioToArgon2: ratioTo(rounds, name, "argon2"),
    cpuMicrosPerCall: wholeOrNull(medianOfKnown(measurements.map((measurement) => measurement.cpuMicrosPerCall))),
    postgresCpuMicrosPerCall: wholeOrNull(
      medianOfKnown(measurements.map((measurement) => measurement.postgresCpuMicrosPerCall)),
    ),
    figures: mediansOf(measurements),
    rounds: measurements.map(summariseRound),
  };
}

function summariseRound(measurement: Measurement): RoundSummary {
  return {
    callsPerSecond: rounded(measurement.callsPerSecond, 1),
    cpuMicrosPerCall: wholeOrNull(measurement.cpuMicrosPerCall),
    postgresCpuMicrosPerCall: wholeOrNull(measurement.postgresCpuMicrosPerCall),
  };
}

function wholeOrNull(value: number | null): number | null {
  return value === null ? null : rounded(value, 0);
}

function mediansOf(measurements: readonly Measurement[]): Readonly<Record<string, number>> {
  const names = Object.keys(measurements[0]?.figures ?? {});
  const valuesOf = (name: string) => measurements.flatMap(({ figures }) => figures?.[name] ?? []);
  return Object.fromEntries(names.map((name) => [name, rounded(median(valuesOf(name)), 4)]));
}

function ratioTo(rounds: readonly Round[], name: ContestantName, base: ContestantName): number | null {
  const ratios = rounds.flatMap((round) => {
    const [measured, reference] = [round.get(name), round.get(base)];
    const isComparable = measured !== undefined && reference !== undefined;
    return isComparable ? [measured.callsPerSecond / reference.callsPerSecond] : [];
  });
  return ratios.length === 0 ? null : rounded(median(ratios), 3);
}

/** Summarises the measures whose cases took part. */
export function summariseMeasures(results: readonly CaseRounds[]): readonly MeasureSummary[] {
  return measures.flatMap((measure) => {
    const result = results.find(({ measured }) => measured.action === measure.action);
    return result === undefined ? [] : [summariseMeasure(measure, result.rounds)];
  });
}

function summariseMeasure(measure: Measure, rounds: readonly Round[]): MeasureSummary {
  const values = rounds.map((round) => measuredValue(measure, round));
  const cpuRatio = "by" in measure ? medianOfKnown(rounds.map((round) => cpuRatioOf(measure, round))) : null;
  return {
    title: measure.title,
    ratio: rounded(median(values), 4),
    lowest: rounded(Math.min(...values), 4),
    highest: rounded(Math.max(...values), 4),
    cpuRatio: cpuRatio === null ? null : rounded(cpuRatio, 3),
    atLeast: measure.atLeast ?? null,
    atMost: measure.atMost ?? null,
  };
}

function measuredValue(measure: Measure, round: Round): number {
  const { callsPerSecond, figures } = measurementOf(round, measure.of);
  if ("by" in measure) return callsPerSecond / measurementOf(round, measure.by).callsPerSecond;
  const value = figures?.[measure.figure];
  if (value === undefined) throw new Error(`${measure.of} has no figure "${measure.figure}"`);
  return value;
}

function cpuRatioOf({ of, by }: RatioMeasure, round: Round): number | null {
  return quotient(measurementOf(round, by).cpuMicrosPerCall, measurementOf(round, of).cpuMicrosPerCall);
}

function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : dividend / divisor;
}

function measurementOf(round: Round, name: Measure["of"]): Measurement {
  const measurement = round.get(name);
  if (measurement === undefined) throw new Error(`${name} is not in the case of its measure`);
  return measurement;
}
