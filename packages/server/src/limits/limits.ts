import { createHmac } from "node:crypto";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { KeyRing } from "../crypto/key-ring.ts";
import type { Database } from "../database/connection.ts";
import type { Logger } from "../logging/logger.ts";
import { AttemptsInFlight } from "./attempts-in-flight.ts";
import { CallMeter } from "./call-meter.ts";
import type { CounterStore } from "./counter-store.ts";
import { openMemoryCounters } from "./memory-counters.ts";
import { OpenSubscriptions } from "./open-subscriptions.ts";
import { openRedisCounters } from "./redis-counters.ts";
import { openPostgresCounters } from "./store.ts";
import { withFallback } from "./with-fallback.ts";

/** Where counts are kept, and what is needed to count. */
export interface Limits {
  readonly settings: Config["limits"];
  /** What all instances count together. */
  readonly shared: CounterStore;
  /** What this instance counts for itself. */
  readonly instance: CounterStore;
  readonly calls: CallMeter;
  readonly inFlight: AttemptsInFlight;
  readonly subscriptions: OpenSubscriptions;
  /** The name of a count; it tells the address or number that it is for to nobody who reads the store. */
  keyOf(limit: string, key: string): string;
  /** Whom an IP address is counted for. */
  networkOf(ip: string): string;
  /** Whom besides, where what is counted is costly: the network around that one. */
  wideNetworkOf(ip: string): WideNetwork;
  close(): Promise<void>;
}

/** A network that one caller may have as a whole; the families differ in how many addresses such a network is made of. */
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

/** Of the digest of a key, in bytes: enough that no two meet. */
const digestBytes = 18;

/** Opens the store of the configuration. It need not be reachable. */
export function openLimits({ config, db, keyRing, clock, log, networkOf, wideNetworkOf }: LimitsOptions): Limits {
  const settings = config.limits;
  const instance = openMemoryCounters();
  const shared = openShared(settings.store, { db, log, instance });
  const [secret] = keyRing.derive("limit keys");
  if (secret === undefined) throw new Error("a key ring holds at least one key");
  return {
    settings,
    shared,
    instance,
    calls: new CallMeter(clock, settings.callsPerIpPerMinute),
    inFlight: new AttemptsInFlight(),
    subscriptions: new OpenSubscriptions(settings),
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

function openShared(store: Config["limits"]["store"], { db, log, instance }: Stores): CounterStore {
  if (store.kind === "memory") return instance;
  const shared = store.kind === "redis" ? openRedisCounters(store.url, log) : openPostgresCounters(db);
  return withFallback(shared, instance, log);
}
