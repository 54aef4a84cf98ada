import type { ActionName } from "../load/scripts.ts";
import { formatRatio } from "./numbers.ts";
import { type ContestantSummary, formatRequirement, isReached, type MeasureSummary, type Report } from "./summary.ts";

/** The text for readers who do not see the chart. */
export const chartAlt = "The measures against their requirements, and calls of user.me a second";

const width = 860;
const margin = 24;
const plotWidth = width - 2 * margin;
const headingHeight = 56;

const measureRowHeight = 42;

/** Space for the labels of the scale. */
const scaleHeight = 18;

/** Space for the names of contestants, and for the figures to the right of their bars. */
const nameWidth = 312;
const rateWidth = 60;
const contestantRowHeight = 26;

/** The case whose contestants are drawn. */
const chartedAction: ActionName = "me";

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

const style = `
  .page { fill: #ffffff; }
  text { font: 13px system-ui, sans-serif; fill: #1f2328; stroke: #ffffff; stroke-width: 3px; paint-order: stroke; }
  .heading { font-weight: 600; font-size: 15px; }
  .note { fill: #59636e; }
  .scale { font-size: 11px; text-anchor: middle; fill: #59636e; }
  .value { font-variant-numeric: tabular-nums; text-anchor: end; }
  .reached, .gatehouse { fill: #2a78d6; }
  .missed { fill: #c8501e; }
  .peer { fill: #a3abb5; }
  .whisker { stroke: #1f2328; stroke-width: 1.5; fill: none; }
  .base { stroke: #59636e; }
  .grid { stroke: #d8dee4; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; }
    text { fill: #e6edf3; stroke: #0d1117; }
    .note, .scale { fill: #9198a1; }
    .reached, .gatehouse { fill: #4c94ec; }
    .missed { fill: #e0703c; }
    .peer { fill: #656d76; }
    .whisker { stroke: #e6edf3; }
    .base { stroke: #9198a1; }
    .grid { stroke: #2d333b; }
  }`;

/** A part of the chart. It begins at the top of its own coordinates. */
interface Panel {
  readonly height: number;
  readonly elements: readonly string[];
}

/** Draws the measures that have a requirement, and the contestants of `user.me`, as an SVG for light and dark pages. */
export function reportToSvg(report: Report): string {
  const charted = report.cases.find(({ action }) => action === chartedAction);
  const panels = [
    drawMeasures(report.measures),
    ...(charted === undefined ? [] : [drawContestants(charted.contestants)]),
  ];
  const height = panels.reduce((sum, panel) => sum + panel.height, margin);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${chartAlt}</title>`,
    `<style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="8"/>`,
    ...stack(panels),
    "</svg>\n",
  ].join("\n");
}

function stack(panels: readonly Panel[]): readonly string[] {
  let top = 0;
  return panels.flatMap(({ height, elements }) => {
    const group = [`<g transform="translate(${margin} ${top})">`, ...elements, "</g>"];
    top += height;
    return group;
  });
}

/** A measure with a requirement, in multiples of it: 1 is just enough, and more is better. */
interface Score {
  readonly measure: MeasureSummary;
  readonly score: number;
  readonly lowest: number;
  readonly highest: number;
}

function scoresOf(measure: MeasureSummary): readonly Score[] {
  const { atLeast, atMost, ratio, lowest, highest } = measure;
  if (atLeast !== null) {
    return [{ measure, score: ratio / atLeast, lowest: lowest / atLeast, highest: highest / atLeast }];
  }
  if (atMost !== null) return [{ measure, score: atMost / ratio, lowest: atMost / highest, highest: atMost / lowest }];
  return [];
}

/** Bars from the requirement to the value, on a logarithmic scale: twice as good and half as good are equally long. */
function drawMeasures(measures: readonly MeasureSummary[]): Panel {
  const scores = measures.flatMap(scoresOf);
  const least = Math.min(0.5, ...scores.map(({ lowest }) => lowest));
  const greatest = Math.max(2, ...scores.map(({ highest }) => highest));
  const toX = (score: number) => (plotWidth * Math.log(score / least)) / Math.log(greatest / least);
  const top = headingHeight + scaleHeight;
  const height = top + scores.length * measureRowHeight;
  return {
    height,
    elements: [
      ...drawHeading("Measures, in multiples of what is required", "whiskers: the lowest and the highest round"),
      ...multiples
        .filter(({ score }) => score >= least && score <= greatest)
        .map(({ score, label }) => drawScaleLine({ x: toX(score), label, height, isBase: score === 1 })),
      ...scores.map((score, index) => drawScore(score, top + index * measureRowHeight, toX)),
    ],
  };
}

/** The labels of the scale. */
const multiples = [
  { score: 0.25, label: "¼ ×" },
  { score: 0.5, label: "½ ×" },
  { score: 1, label: "required" },
  { score: 2, label: "2 ×" },
  { score: 4, label: "4 ×" },
];

interface ScaleLine {
  readonly x: number;
  readonly label: string;
  /** Of the panel. */
  readonly height: number;
  readonly isBase: boolean;
}

function drawScaleLine({ x, label, height, isBase }: ScaleLine): string {
  return [
    text(label, { x, y: headingHeight + 2, class: "scale" }),
    `<path class="${isBase ? "base" : "grid"}" d="M${digit(x)} ${headingHeight + 8}V${height}"/>`,
  ].join("\n");
}

function drawScore({ measure, score, lowest, highest }: Score, top: number, toX: (score: number) => number): string {
  const [base, end] = [toX(1), toX(score)];
  const middle = top + 28;
  const value = `${formatRatio(measure.ratio)} (${formatRequirement(measure)})`;
  return [
    text(plain(measure.title), { x: 0, y: top + 16 }),
    text(value, { x: plotWidth, y: top + 16, class: "value" }),
    bar({
      from: Math.min(base, end),
      to: Math.max(base, end),
      middle,
      class: isReached(measure) ? "reached" : "missed",
    }),
    whisker(toX(lowest), toX(highest), middle),
  ].join("\n");
}

function drawContestants(contestants: readonly ContestantSummary[]): Panel {
  const ranges = contestants.map((contestant) => ({ contestant, ...rangeOf(contestant) }));
  const greatest = Math.max(...ranges.map(({ highest }) => highest));
  const toX = (rate: number) => nameWidth + ((plotWidth - nameWidth - rateWidth) * rate) / greatest;
  const rows = ranges.map(({ contestant, lowest, highest }, index) => {
    const middle = headingHeight + index * contestantRowHeight + 12;
    const { title, callsPerSecond } = contestant;
    const kind = title.startsWith("Gatehouse") ? "gatehouse" : "peer";
    return [
      text(plain(title), { x: 0, y: middle + 4 }),
      bar({ from: nameWidth, to: toX(callsPerSecond), middle, class: kind }),
      whisker(toX(lowest), toX(highest), middle),
      text(whole.format(callsPerSecond), { x: plotWidth, y: middle + 4, class: "value" }),
    ].join("\n");
  });
  return {
    height: headingHeight + contestants.length * contestantRowHeight,
    elements: [...drawHeading("Calls of user.me a second", "whiskers: the lowest and the highest round"), ...rows],
  };
}

function rangeOf({ rounds }: ContestantSummary) {
  const rates = rounds.map(({ callsPerSecond }) => callsPerSecond);
  return { lowest: Math.min(...rates), highest: Math.max(...rates) };
}

function drawHeading(heading: string, note: string): readonly string[] {
  return [text(heading, { x: 0, y: 38, class: "heading" }), text(note, { x: plotWidth, y: 38, class: "note value" })];
}

interface TextPlace {
  readonly x: number;
  readonly y: number;
  readonly class?: string;
}

function text(content: string, { x, y, class: name }: TextPlace): string {
  return `<text${name === undefined ? "" : ` class="${name}"`} x="${digit(x)}" y="${digit(y)}">${escaped(content)}</text>`;
}

interface Bar {
  readonly from: number;
  readonly to: number;
  readonly middle: number;
  readonly class: string;
}

function bar({ from, to, middle, class: name }: Bar): string {
  return `<rect class="${name}" x="${digit(from)}" y="${middle - 5}" width="${digit(to - from)}" height="10"/>`;
}

function whisker(from: number, to: number, middle: number): string {
  return `<path class="whisker" d="M${digit(from)} ${middle - 4}v8m0 -4H${digit(to)}m0 -4v8"/>`;
}

const digit = (value: number) => value.toFixed(1);

/** Titles are Markdown, in which only code is marked up. */
const plain = (title: string) => title.replaceAll("`", "");

const escaped = (content: string) => content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
