import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../..");
const readme = join(folder, "README.md");
const results = join(folder, "results");

/** The report of a run, to be kept. */
export interface Figures {
  /** Names the file in `results`, and the markers in the README. */
  readonly name: "latest" | "memory" | "subscriptions";
  readonly report: object;
  readonly markdown: string;
}

/** Writes the report as JSON to `results`, and its tables between their markers in the README. */
export async function publish({ name, report, markdown }: Figures): Promise<void> {
  const file = join(results, `${name}.json`);
  const text = withFigures(await readFile(readme, "utf8"), name, markdown);
  await mkdir(results, { recursive: true });
  await writeFile(file, `${JSON.stringify(report, undefined, 2)}\n`);
  await writeFile(readme, text);
  console.log(`Written: ${file}, ${readme}`);
}

function withFigures(text: string, name: string, figures: string): string {
  const [beginMarker, endMarker] = [`<!-- ${name}: written by pnpm bench -->`, `<!-- end of ${name} -->`];
  const [before, rest] = text.split(beginMarker);
  const [, after] = rest?.split(endMarker) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${readme} has lost the markers of ${name}`);
  return `${before}${beginMarker}\n\n${figures}\n\n${endMarker}${after}`;
}
