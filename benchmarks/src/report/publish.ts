import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../..");
const readme = join(folder, "README.md");
const results = join(folder, "results");

/** The report of a run, to be kept. */
export interface Figures {
  /** Names the file in `results`, and the markers in the README. */
  readonly name: "latest" | "memory" | "subscriptions" | "start" | "users";
  readonly report: object;
  readonly markdown: string;
  readonly chart?: Chart;
}

/** A picture of the figures. */
interface Chart {
  readonly svg: string;
  /** The text for readers who do not see the picture. */
  readonly alt: string;
}

/** Writes the report as JSON and its chart as SVG to `results`, and chart and tables between their markers in the README. */
export async function publish({ name, report, markdown, chart }: Figures): Promise<void> {
  const [json, svg] = [join(results, `${name}.json`), join(results, `${name}.svg`)];
  const shown = chart === undefined ? markdown : `![${chart.alt}](results/${name}.svg)\n\n${markdown}`;
  const text = withFigures(await readFile(readme, "utf8"), name, shown);
  await mkdir(results, { recursive: true });
  await writeFile(json, `${JSON.stringify(report, undefined, 2)}\n`);
  if (chart !== undefined) await writeFile(svg, chart.svg);
  await writeFile(readme, text);
  console.log(`Written: ${results}, ${readme}`);
}

function withFigures(text: string, name: string, figures: string): string {
  const [beginMarker, endMarker] = [`<!-- ${name}: written by pnpm bench -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(beginMarker);
  const [, after] = rest?.split(endMarker) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${readme} has lost the markers of ${name}`);
  return `${before}${beginMarker}\n\n${figures}\n\n${endMarker}${after}`;
}
