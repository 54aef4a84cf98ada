// `pnpm bench`: measures Gatehouse beside its peers and the cost floor of each call; see benchmarks/README.md.
import { runCommand } from "./command.ts";
import { leastPublished, type Options, parseOptions } from "./options.ts";
import { chartAlt, reportToSvg } from "./report/chart.ts";
import { type Figures, publish } from "./report/publish.ts";
import { reportToMarkdown } from "./report/table.ts";
import { runComparison } from "./runs/comparison.ts";
import { memoryToMarkdown, runMemory } from "./runs/memory.ts";
import { runStart, startToMarkdown } from "./runs/start.ts";
import { runSubscriptions, subscriptionsToMarkdown } from "./runs/subscriptions.ts";

await runCommand(async (signal) => {
  const options = parseOptions(process.argv.slice(2));
  const figures = await measure(options, signal);
  console.log(`\n${figures.markdown}\n`);
  if (options.isPublished) await publish(figures);
  else {
    const { rounds, seconds } = leastPublished;
    console.log(
      `Nothing written: figures to keep are of all cases, in at least ${rounds} rounds of ${seconds} seconds.`,
    );
  }
});

async function measure(options: Options, signal: AbortSignal): Promise<Figures> {
  if (options.memory) {
    const report = await runMemory(options, signal);
    return { name: "memory", report, markdown: memoryToMarkdown(report) };
  }
  if (options.watchesSubscriptions) {
    const report = await runSubscriptions(options, signal);
    return { name: "subscriptions", report, markdown: subscriptionsToMarkdown(report) };
  }
  if (options.measuresStart) {
    const report = await runStart(options, signal);
    return { name: "start", report, markdown: startToMarkdown(report) };
  }
  const report = await runComparison(options, signal);
  const chart = { svg: reportToSvg(report), alt: chartAlt };
  return { name: "latest", report, markdown: reportToMarkdown(report), chart };
}
