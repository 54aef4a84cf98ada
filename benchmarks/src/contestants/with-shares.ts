import { cpus } from "node:os";
import type { ProtocolName } from "../load/protocols.ts";
import type { PartiesCpu } from "../servers/behind-nginx.ts";
import type { LoadChild } from "./children.ts";
import { type Contestant, type CpuClock, runLoad, watchCpu } from "./measuring.ts";

interface SharedMachine {
  readonly url: string;
  readonly partiesCpu: () => Promise<PartiesCpu>;
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
  readonly postgresCpu: CpuClock;
}

/** Processor time so far, in microseconds. */
interface Usage extends PartiesCpu {
  readonly load: number;
  /** Of all of the machine's cores. */
  readonly busy: number;
  readonly idle: number;
}

/** Measures a server, and the cores that each party used: where hardly any is idle, the cores bound the server. */
export function withShares({ url, partiesCpu, load, protocol, postgresCpu }: SharedMachine): Contestant {
  const measureUsage = async (): Promise<Usage> => ({
    ...(await partiesCpu()),
    load: await load.cpuMicros(),
    ...machineTimes(),
  });
  return {
    async measure(action, seconds) {
      await load.ask("prepare", { server: { url, protocol }, action });
      const before = await measureUsage();
      const databaseCpu = await watchCpu(postgresCpu);
      const { calls, seconds: duration } = await runLoad(load, seconds);
      const used = difference(await measureUsage(), before);
      return {
        callsPerSecond: calls / duration,
        cpuMicrosPerCall: (used.api + used.nginx) / calls,
        postgresCpuMicrosPerCall: await databaseCpu(calls),
        figures: coresOf(used, duration * 1e6),
      };
    },
  };
}

function machineTimes(): Pick<Usage, "busy" | "idle"> {
  const times = cpus().map((core) => core.times);
  const sum = (of: (time: (typeof times)[number]) => number) =>
    times.reduce((total, time) => total + of(time), 0) * 1000;
  return { busy: sum(({ user, nice, sys, irq }) => user + nice + sys + irq), idle: sum(({ idle }) => idle) };
}

function difference(after: Usage, before: Usage): Usage {
  return {
    api: after.api - before.api,
    nginx: after.nginx - before.nginx,
    load: after.load - before.load,
    busy: after.busy - before.busy,
    idle: after.idle - before.idle,
  };
}

function coresOf({ api, nginx, load, busy, idle }: Usage, micros: number) {
  return {
    "cores: Gatehouse": api / micros,
    "cores: nginx": nginx / micros,
    "cores: the load": load / micros,
    "cores: PostgreSQL, and whatever else ran": (busy - api - nginx - load) / micros,
    "cores: idle": idle / micros,
  };
}
