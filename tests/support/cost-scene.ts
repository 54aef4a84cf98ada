import { publicProcedure } from "@gatehouse/server";
import { expect } from "vitest";
import { z } from "zod";
import { type Attack, maxBodyBytes } from "./attacks.ts";
import { authorize } from "./calls.ts";
import { cpuMillisOf, slownessNow } from "./cpu-time.ts";
import { startGatehouse } from "./gatehouse.ts";
import type { ListedProcedure } from "./procedures.ts";
import { RawConnection, type RawRequest } from "./raw-request.ts";
import { registerAccount } from "./rest.ts";

/** The CPU time that no call may exceed. */
const maxCpuMillis = 50;
/** The bytes of an address or a header, percent-encoded; all of them together have 16 KiB. */
const maxAddressBytes = 14_000;
/** Up to it, and up to half of what is allowed, a cost needs no second measurement: there is too much else in it. */
const worthComparingMillis = 25;
/** How often what is measured is repeated where it seems too much: the machine has other work too. */
const maxRuns = 8;
/** How often half the bytes are measured at least before the cost of all of them is compared with it. */
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
  const server = await startGatehouse({ routers: app, environment: { JOBS: "off", ...environment } });
  const connection = new RawConnection(server.url);
  let account = await registerAccount(server.url);
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
    account = await registerAccount(server.url);
    return await cpuMillisOf(work);
  };
  return {
    /** `maxMillis` of CPU time, by default what one call may take. */
    async expectBounded(
      procedure: ListedProcedure | undefined,
      attacks: readonly Attack[],
      maxMillis: number = maxCpuMillis,
    ) {
      for (const { name, request } of attacks) {
        const verdict = await judge((bytes) => cost(procedure, request(bytes)), {
          bytes: sizeLimit(request),
          maxMillis,
        });
        expect.soft({ name, ...verdict }).toMatchObject({ name, isTooMuch: false, grows: false });
      }
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

/** Whether a cost is too much, or grows faster than the bytes: by the least of several runs, as few as show that it does not. */
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
  // Only a cost that is too much is worth asking how slow the machine is.
  const isTooMuch = verdict.isTooMuch && millis > maxMillis * (await slownessNow());
  return { ...verdict, isTooMuch, millis };
}

function sizeLimit(request: Attack["request"]): number {
  return request(1000).body === undefined ? maxAddressBytes : maxBodyBytes;
}
