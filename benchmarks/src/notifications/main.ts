// `pnpm bench:notifications`: deliveries of notifications with the ledger, to a local FCM; see benchmarks/README.md.
import { randomUUID } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Client } from "pg";
import { type FcmServer, startFcm } from "../../../packages/server/src/delivery/push/testing/fcm-server.ts";
import { readArguments, runCommand } from "../command.ts";
import type { GatehouseChild } from "../contestants/children.ts";
import { createServerSettings } from "../contestants/settings.ts";
import { createBenchmarkDatabase } from "../database/benchmark-database.ts";
import { startChild } from "../processes/child.ts";
import { describeMachine } from "../report/origin.ts";
import { call, sessionIn } from "../rest-calls.ts";
import { addDevices } from "./devices.ts";

const usage = `Usage: pnpm bench:notifications [--sizes N,...]
  --sizes N,...  numbers of devices, 100 to 2000000, the smallest first; default 10000,100000`;

/** A look at a notification each so many milliseconds. */
const lookMillis = 100;

await runCommand(async (signal) => {
  const given = readArguments(() => parseArgs({ options: { sizes: { type: "string" } } }).values, usage);
  const sizes = readArguments(() => parseSizes(given.sizes ?? "10000,100000"), usage);
  await using stack = new AsyncDisposableStack();
  const logFolder = await mkdtemp(join(tmpdir(), "gatehouse-notifications-"));
  stack.defer(() => rm(logFolder, { recursive: true }));
  const database = stack.use(await createBenchmarkDatabase({ logFolder, signal }));
  const fcm = stack.use(await startFcm({ keepsMessages: false }));
  const { environment } = createServerSettings(database);
  // Production takes services by https alone.
  const development = { NODE_ENV: "development", LOG_FORMAT: "json" };
  const push = { FCM_SERVICE_ACCOUNT: fcm.serviceAccount, FCM_BASE_URL: fcm.origin };
  const server: GatehouseChild = stack.use(
    await startChild({
      name: "gatehouse",
      module: new URL("../servers/gatehouse.ts", import.meta.url),
      input: { ...environment, ...development, ...push },
      logFolder,
      signal,
    }),
  );
  const client = new Client(database.url);
  await client.connect();
  stack.defer(() => client.end());
  const machine = describeMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; PostgreSQL ${database.serverVersion}`);
  const token = await registerAdministrator(server.ready, client);
  await measureSizes({ server, client, fcm, token }, sizes);
});

function parseSizes(text: string): readonly number[] {
  const sizes = text.split(",").map(Number);
  const isRising = sizes.every((size, index) => size > (sizes[index - 1] ?? 0));
  const isInRange = sizes.every((size) => Number.isInteger(size) && size >= 100 && size <= 2_000_000);
  if (!isRising || !isInRange) throw new TypeError(`"${text}" is no list of sizes`);
  return sizes;
}

async function registerAdministrator(url: string, client: Client): Promise<string> {
  const account = { email: `${randomUUID()}@example.com`, password: "tolerant gravel nocturne" };
  await call(url, "/v1/auth/register", { body: account });
  await client.query(`update "user" set roles = '{admin}' where email = $1`, [account.email]);
  const signedIn = await call(url, "/v1/auth/login", {
    body: { identifier: account.email, password: account.password },
  });
  return sessionIn(signedIn).accessToken;
}

interface Measured {
  readonly server: GatehouseChild;
  readonly client: Client;
  readonly fcm: FcmServer;
  readonly token: string;
}

/** The first notification warms the server up and does not count. */
async function measureSizes(measured: Measured, sizes: readonly number[]): Promise<void> {
  const { client, server } = measured;
  let [devices, before]: [number, { devices: number; seconds: number } | undefined] = [0, undefined];
  for (const size of sizes) {
    await addDevices(client, { from: devices, to: size });
    devices = size;
    if (before === undefined) await deliver(measured, size);
    const cpuBefore = await server.cpuMicros();
    const seconds = await deliver(measured, size);
    const cpuMicros = ((await server.cpuMicros()) - cpuBefore) / size;
    const mebibytes = Math.round((await server.residentBytes()) / 1024 ** 2);
    const exponent =
      before === undefined
        ? ""
        : `, exponent ${(Math.log(seconds / before.seconds) / Math.log(size / before.devices)).toFixed(2)}`;
    console.log(
      `${size} devices: ${seconds.toFixed(1)} s, ${Math.round(size / seconds)} deliveries a second, ${Math.round(cpuMicros)} µs of the server's processor each, ${mebibytes} MiB resident${exponent}`,
    );
    before = { devices: size, seconds };
  }
}

/** Returns the seconds from the call until the last delivery is settled. Throws if FCM did not get each message once. */
async function deliver({ server, fcm, token }: Measured, devices: number): Promise<number> {
  const acceptedBefore = fcm.accepted();
  const startedAt = performance.now();
  const message = { title: "A new version", body: "It is faster.", link: "https://example.com/news" };
  const { id } = await call(server.ready, "/v1/notifications", {
    token,
    body: { audience: { everyone: true }, ...message },
  });
  for (;;) {
    const response = await fetch(new URL(`/v1/notifications/${id}`, server.ready), {
      headers: { authorization: `Bearer ${token}` },
    });
    const { status, counts } = (await response.json()) as { status: string; counts: { sent: number } };
    if (status === "done") {
      const [sent, accepted] = [counts.sent, fcm.accepted() - acceptedBefore];
      if (sent !== devices || accepted !== devices)
        throw new Error(`FCM got ${accepted}, the ledger has ${sent} of ${devices}`);
      return (performance.now() - startedAt) / 1000;
    }
    await sleep(lookMillis);
  }
}
