import { type Measure, measures } from "../cases.ts";
import { type ContestantName, contestants } from "../contestants/contestants.ts";
import type { Measurement } from "../contestants/measuring.ts";
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
  /** The median of each round's own ratio, which is not the ratio of the medians. */
  readonly ratio: number;
  readonly lowest: number;
  readonly highest: number;
  /** The same of the contestants' own processor time, the other way round, so that more is better here too. */
  readonly cpuRatio: number | null;
  readonly required: number | null;
}

/** Summarises the rounds of a case. */
export function summariseCase({ measured, rounds }: CaseRounds): CaseSummary {
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
  return Object.fromEntries(names.map((name) => [name, rounded(median(valuesOf(name)), 3)]));
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

function summariseMeasure({ title, of, by, required }: Measure, rounds: readonly Round[]): MeasureSummary {
  const pairs = rounds.map((round) => [measurementOf(round, of), measurementOf(round, by)] as const);
  const ratios = pairs.map(([measured, base]) => measured.callsPerSecond / base.callsPerSecond);
  const cpuRatios = pairs.map(([measured, base]) => quotient(base.cpuMicrosPerCall, measured.cpuMicrosPerCall));
  const cpuRatio = medianOfKnown(cpuRatios);
  return {
    title,
    ratio: rounded(median(ratios), 3),
    lowest: rounded(Math.min(...ratios), 3),
    highest: rounded(Math.max(...ratios), 3),
    cpuRatio: cpuRatio === null ? null : rounded(cpuRatio, 3),
    required: required ?? null,
  };
}

function quotient(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : dividend / divisor;
}

function measurementOf(round: Round, name: Measure["of"]): Measurement {
  const measurement = round.get(name);
  if (measurement === undefined) throw new Error(`${name} is not in the case of its measure`);
  return measurement;
}
