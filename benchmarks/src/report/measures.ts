import { type Measurement, median, medianOfKnown } from "../measurement.ts";
import { type Measure, measures } from "../measures.ts";
import type { CaseRounds, Round } from "../rounds.ts";
import { rounded } from "./rounded.ts";

/** What a measure came to. */
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

/** The measures whose cases took part. */
export function summariseMeasures(results: readonly CaseRounds[]): readonly MeasureSummary[] {
  return measures.flatMap((measure) => {
    const result = results.find(({ measured }) => measured.action === measure.action);
    return result === undefined ? [] : [summarise(measure, result.rounds)];
  });
}

function summarise({ title, of, by, required }: Measure, rounds: readonly Round[]): MeasureSummary {
  const pairs = rounds.map((round) => [measurementOf(round, of), measurementOf(round, by)] as const);
  const ratios = pairs.map(([measured, base]) => measured.callsPerSecond / base.callsPerSecond);
  const cpuRatios = pairs.map(([measured, base]) => ratioOf(base.cpuMicrosPerCall, measured.cpuMicrosPerCall));
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

function ratioOf(dividend: number | null, divisor: number | null): number | null {
  return dividend === null || divisor === null ? null : dividend / divisor;
}

function measurementOf(round: Round, name: Measure["of"]): Measurement {
  const measurement = round.get(name);
  if (measurement === undefined) throw new Error(`${name} is not in the case of its measure`);
  return measurement;
}
