import { publicProcedure } from "@gatehouse/server";
import { expect } from "vitest";
import { z } from "zod";
import { type Attack, maxBodyBytes } from "./attacks.ts";
import { authorize } from "./calls.ts";
import { startGatehouse } from "./gatehouse.ts";
import type { ListedProcedure } from "./procedures.ts";
import { RawConnection, type RawRequest } from "./raw-request.ts";
import { registerAccount } from "./rest.ts";

/** The CPU time that no call may exceed. */
const maxCpuMillis = 50;
/** The bytes of an address or a header, percent-encoded; all of them together have 16 KiB. */
const maxAddressBytes = 14_000;
/** A cost above this is compared with that of half the bytes; a lower cost contains too much other work. */
const worthComparingMillis = 25;

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
    const millis = await cpuMillisOf(work, worthComparingMillis);
    if (status !== 401 || procedure?.meta.security !== "bearer") return millis;
    // An earlier call ended the session, so this one was refused before its input was read.
    account = await registerAccount(server.url);
    return await cpuMillisOf(work, worthComparingMillis);
  };
  return {
    /** `maxMillis` of CPU time, by default what one call may take. */
    async expectBounded(
      procedure: ListedProcedure | undefined,
      attacks: readonly Attack[],
      maxMillis: number = maxCpuMillis,
    ) {
      for (const { name, request } of attacks) {
        const largest = sizeLimit(request);
        const millis = await cost(procedure, request(largest));
        if (millis > worthComparingMillis) {
          const ofHalf = await cost(procedure, request(largest / 2));
          expect
            .soft({ name, grows: millis / ofHalf > 3 && millis - ofHalf > worthComparingMillis })
            .toEqual({ name, grows: false });
        }
        expect.soft(millis, name).toBeLessThanOrEqual(maxMillis);
      }
    },
    async [Symbol.asyncDispose]() {
      connection[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function sizeLimit(request: Attack["request"]): number {
  return request(1000).body === undefined ? maxAddressBytes : maxBodyBytes;
}

/** How often what is measured is repeated where it seems too much: the machine has other work too. */
const maxRuns = 8;

/**
 * The CPU time of this thread while the work is done, in milliseconds: of the event loop, which nobody else is served by
 * meanwhile. The least of several runs, the first of which below `enoughMillis` ends it. Sending counts too; password hashes are
 * computed in threads of their own.
 */
async function cpuMillisOf(work: () => Promise<unknown>, enoughMillis: number): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < maxRuns && least > enoughMillis; run++) {
    const before = process.threadCpuUsage();
    await work();
    const { user, system } = process.threadCpuUsage(before);
    least = Math.min(least, (user + system) / 1000);
  }
  return least;
}
