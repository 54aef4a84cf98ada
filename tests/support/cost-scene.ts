import { publicProcedure } from "@gatehouse/server";
import { expect } from "vitest";
import { z } from "zod";
import { registerWithRoles } from "./administrators.ts";
import { type Attack, maxBodyBytes, maxBodyBytesOf } from "./attacks.ts";
import { authorize } from "./calls.ts";
import { cpuMillisOf, slownessNow } from "./cpu-time.ts";
import { startGatehouse } from "./gatehouse.ts";
import type { ListedProcedure } from "./procedures.ts";
import { RawConnection, type RawRequest } from "./raw-request.ts";

/** The CPU time that no call may exceed. */
const maxCpuMillis = 50;
/** The bytes of an address or a header, percent-encoded; all of them together have 16 KiB. */
const maxAddressBytes = 14_000;
/** A cost up to this, or up to half of the limit, is not compared with that of half the bytes: it contains too much else. */
const worthComparingMillis = 25;
/** A cost that seems too high is measured up to this many times, because the machine has other work too. */
const maxRuns = 8;
/** All bytes and half of them are each measured at least this many times before their costs are compared. */
const minRuns = 3;

/** An app's procedure with inputs of many kinds and no limits of its own. */
export const app = {
  app: {
    write: publicProcedure
      .input(
        z.strictObject({
          rows: z.array(z.strictObject({ id: z.uuid(), at: z.date(), size: z.bigint(), name: z.string() })).optional(),
          ids: z.array(z.int()).optional(),
          byName: z.record(z.string(), z.string()).optional(),
          anything: z.json().optional(),
        }),
      )
      .output(z.void())
      .mutation(() => undefined),
    search: publicProcedure
      .meta({ openapi: { method: "GET", path: "/v1/app/{id}", tags: ["App"], summary: "Search" } })
      .input(z.strictObject({ id: z.string(), ids: z.array(z.int()).optional(), text: z.string().optional() }))
      .output(z.void())
      .query(() => undefined),
  },
};

/** A server, and a user who may call everything. */
export async function openScene(environment: Readonly<Record<string, string>> = {}) {
  const server = await startGatehouse({ routers: app, environment: { JOBS: "off", DOCS: "on", ...environment } });
  const connection = new RawConnection(server.url);
  let account = await registerWithRoles(server);
  const send = async (procedure: ListedProcedure | undefined, request: RawRequest) => {
    // A batch with fifty sign-ins does fifty times the work, which the limits of sign-ins bound.
    const caller = procedure?.meta.security === "basic" ? { ...account, password: "no password of theirs" } : account;
    const authorization = procedure === undefined ? {} : authorize(procedure, caller);
    return await connection.send({ ...request, headers: { ...authorization, ...request.headers } });
  };
  const cost = async (procedure: ListedProcedure | undefined, request: RawRequest) => {
    let status = 0;
    const work = async () => {
      status = await send(procedure, request);
    };
    const millis = await cpuMillisOf(work);
    if (status !== 401 || procedure?.meta.security !== "bearer") return millis;
    // An earlier call ended the session, so this one was refused before its input was read.
    account = await registerWithRoles(server);
    return await cpuMillisOf(work);
  };
  return {
    /** `maxMillis` of CPU time, by default what one call may take. */
    async expectBounded(
      procedure: ListedProcedure | undefined,
      attacks: readonly Attack[],
      maxMillis: number = maxCpuMillis,
    ) {
      const tooCostly: unknown[] = [];
      for (const { name, request } of attacks) {
        const verdict = await judge((bytes) => cost(procedure, request(bytes)), {
          bytes: sizeLimit(procedure, request),
          maxMillis,
        });
        if (verdict.isTooMuch || verdict.grows) tooCostly.push({ name, ...verdict });
      }
      expect.soft(tooCostly).toEqual([]);
    },
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

interface Limit {
  readonly bytes: number;
  readonly maxMillis: number;
}

/**
 * Whether a cost exceeds the limit, or grows faster than the bytes. The least of several runs counts, and the runs end as soon
 * as they show that it does neither. The limit is raised on a machine that is slow now.
 */
async function judge(costOf: (bytes: number) => Promise<number>, { bytes, maxMillis }: Limit) {
  const enoughMillis = Math.min(maxMillis, Math.max(worthComparingMillis, maxMillis / 2));
  let [millis, ofHalf] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  let verdict = { isTooMuch: true, grows: true };
  for (let run = 1; run <= maxRuns; run++) {
    millis = Math.min(millis, await costOf(bytes));
    if (millis <= enoughMillis) return { isTooMuch: false, grows: false };
    ofHalf = Math.min(ofHalf, await costOf(bytes / 2));
    const grows = millis / ofHalf > 3 && millis - ofHalf > enoughMillis;
    verdict = { isTooMuch: millis > maxMillis, grows };
    if (run >= minRuns && !verdict.isTooMuch && !grows) break;
  }
  const isTooMuch = verdict.isTooMuch && millis > maxMillis * (await slownessNow());
  return { ...verdict, isTooMuch, millis };
}

function sizeLimit(procedure: ListedProcedure | undefined, request: Attack["request"]): number {
  if (request(1000).body === undefined) return maxAddressBytes;
  return procedure === undefined ? maxBodyBytes : maxBodyBytesOf(procedure);
}
