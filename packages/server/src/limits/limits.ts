import { createHmac } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { AttemptsInFlight } from "./attempts-in-flight.ts";
import { CallMeter } from "./call-meter.ts";
import type { CounterStore } from "./counter.ts";
import { openMemoryCounters } from "./memory-counters.ts";
import { OpenSubscriptions } from "./open-subscriptions.ts";
import { OpenUploads } from "./open-uploads.ts";
import { openPostgresCounters } from "./store.ts";
import { withFallback } from "./with-fallback.ts";

/** The stores of counts, and what counting needs. */
export interface Limits {
  readonly settings: Config["limits"];
  /** Counts that all instances share. */
  readonly shared: CounterStore;
  /** Counts of this instance alone. */
  readonly instance: CounterStore;
  readonly calls: CallMeter;
  readonly inFlight: AttemptsInFlight;
  readonly subscriptions: OpenSubscriptions;
  readonly uploads: OpenUploads;
  /** The name of a count: a digest, so that the store reveals no address or number. */
  keyOf(limit: string, key: string): string;
  /** The network for which an IP address is counted. */
  networkOf(ip: string): string;
  /** The surrounding network, for which costly calls are counted too. */
  wideNetworkOf(ip: string): WideNetwork;
  close(): Promise<void>;
}

/** A network that one caller may control; the limit of such a network depends on its family. */
interface WideNetwork {
  readonly name: string;
  readonly family: "ipv4" | "ipv6";
}

interface LimitsOptions {
  readonly config: Pick<Config, "limits">;
  readonly db: Database;
  readonly keyRing: KeyRing;
  readonly clock: Clock;
  readonly log: Logger;
  readonly networkOf: (ip: string) => string;
  readonly wideNetworkOf: (ip: string) => WideNetwork;
}

/** Bytes kept of the digest of a key: enough to avoid collisions. */
const digestBytes = 18;

/** Opens the configured store. It need not be reachable. */
export async function openLimits(options: LimitsOptions): Promise<Limits> {
  const { config, db, keyRing, clock, log, networkOf, wideNetworkOf } = options;
  const settings = config.limits;
  const instance = openMemoryCounters();
  const shared = await openShared(settings.store, { db, log, instance });
  const [secret] = keyRing.derive("limit keys");
  if (secret === undefined) throw new Error("a key ring holds at least one key");
  return {
    settings,
    shared,
    instance,
    calls: new CallMeter(clock, settings.callsPerIpPerMinute),
    inFlight: new AttemptsInFlight(),
    subscriptions: new OpenSubscriptions(settings),
    uploads: new OpenUploads(settings),
    keyOf(limit, key) {
      const digest = createHmac("sha256", secret).update(key).digest();
      return `${limit}:${digest.toString("base64url", 0, digestBytes)}`;
    },
    networkOf,
    wideNetworkOf,
    close: () => shared.close(),
  };
}

interface Stores {
  readonly db: Database;
  readonly log: Logger;
  readonly instance: CounterStore;
}

async function openShared(store: Config["limits"]["store"], { db, log, instance }: Stores): Promise<CounterStore> {
  if (store.kind === "memory") return instance;
  if (store.kind === "postgres") return withFallback(openPostgresCounters(db), instance, log);
  // Servers without Redis start sooner if they do not load its client.
  const { openRedisCounters } = await import("./redis-counters.ts");
  return withFallback(openRedisCounters(store.url, log), instance, log);
}
