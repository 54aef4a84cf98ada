// `pnpm bench`: measures Gatehouse beside its peers and the cost floor of each call; see benchmarks/README.md.
import { runBenchmark } from "./benchmark.ts";
import { Interruption, onInterruption } from "./interruption.ts";
import { runMemory } from "./memory.ts";
import { type Options, OptionsError, parseOptions } from "./options.ts";
import { memoryToMarkdown } from "./report/memory.ts";
import { type Figures, publish } from "./report/publish.ts";
import { subscriptionsToMarkdown } from "./report/subscriptions.ts";
import { toMarkdown } from "./report/table.ts";
import { runSubscriptions } from "./subscriptions.ts";

try {
  const options = parseOptions(process.argv.slice(2));
  const figures = await measure(options, onInterruption());
  console.log(`\n${figures.markdown}\n`);
  if (options.isPublished) await publish(figures);
  else console.log("Nothing written: figures to keep are of all cases, in five rounds or more.");
} catch (error) {
  const isExpected = error instanceof OptionsError || error instanceof Interruption;
  console.error(isExpected ? error.message : error);
  process.exitCode = 1;
}

async function measure(options: Options, signal: AbortSignal): Promise<Figures> {
  if (options.memory) {
    const report = await runMemory(options, signal);
    return { name: "memory", report, markdown: memoryToMarkdown(report) };
  }
  if (options.watchesSubscriptions) {
    const report = await runSubscriptions(options, signal);
    return { name: "subscriptions", report, markdown: subscriptionsToMarkdown(report) };
  }
  const report = await runBenchmark(options, signal);
  return { name: "latest", report, markdown: toMarkdown(report) };
}
