import type { Machine } from "./machine.ts";
import { describe } from "./table.ts";

/** What open subscriptions cost; `results/subscriptions.json` holds the last run. Memory is that of the server, after garbage collection. */
export interface SubscriptionReport {
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly command: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly subscriptions: number;
  /** When it had started, before anybody called. */
  readonly startBytes: number;
  /** When everybody was signed in. */
  readonly baseBytes: number;
  /** When all subscriptions were open, and each had had a sign of life. */
  readonly openBytes: number;
  /** When each had been told of a change. */
  readonly toldBytes: number;
  /** From the change's commit until the last one was told. */
  readonly toldMillis: number;
}

/** Over the base, in MiB. */
const allowedMib = 300;

const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** The figures as Markdown. */
export function subscriptionsToMarkdown(report: SubscriptionReport): string {
  const { subscriptions, startBytes, baseBytes, openBytes, toldBytes, toldMillis } = report;
  const highest = Math.max(openBytes, toldBytes);
  const rows = [
    ["started", startBytes],
    [`${subscriptions} users signed in: the base`, baseBytes],
    [`${subscriptions} subscriptions open, 20 s later`, openBytes],
    ["each told of a change of roles", toldBytes],
  ] as const;
  return [
    describe(report),
    "",
    `Resident memory of ${subscriptions} open subscriptions over the base: **${mib(highest - baseBytes)} MiB**, required at ` +
      `most ${allowedMib}; over a server that nobody has called, ${mib(highest - startBytes)} MiB. A change of all users' roles in ` +
      `one statement was told to the last of them ${toldMillis} ms after its commit.`,
    "",
    "| when | MiB | over the base |",
    "|---|--:|--:|",
    ...rows.map(([when, bytes]) => `| ${when} | ${mib(bytes)} | ${mib(bytes - baseBytes)} |`),
  ].join("\n");
}
