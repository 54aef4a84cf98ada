import { once } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount } from "../support/rest.ts";

/**
 * The most bytes that an open subscription holds on the heap. Resident memory is two to three times that; `pnpm bench
 * --subscriptions` measures it.
 */
const maxHeapBytes = 20 * 1024;

const streams = 300;

/** Opens the streams in a thread of their own, whose memory is not the server's, and says when all are connected. */
const readers = `
  const { connect } = require("node:net");
  const { parentPort, workerData } = require("node:worker_threads");
  const { port, hostname, accessToken, streams } = workerData;
  const open = () => new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname).setEncoding("latin1");
    let text = "";
    socket.on("data", (chunk) => (text += chunk).includes("event: connected") && resolve());
    socket.on("error", reject).on("close", () => reject(new Error("refused: " + text)));
    socket.write("GET /rpc/auth.onSessionChange HTTP/1.1\\r\\nhost: localhost\\r\\nauthorization: Bearer " + accessToken +
      "\\r\\n\\r\\n");
  });
  (async () => {
    for (let stream = 0; stream < streams; stream += 1) await open();
    parentPort.postMessage("connected");
  })();
`;

function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
  return process.memoryUsage().heapUsed;
}

test("an open subscription holds a bounded part of the heap", async () => {
  await using server = await startGatehouse({
    environment: { LIMIT_SUBSCRIPTIONS_PER_USER: "0", LIMIT_SUBSCRIPTIONS_PER_IP: "0" },
  });
  const { accessToken } = await registerAccount(server.url);
  const { port, hostname } = new URL(server.url);
  const open = async () => {
    const worker = new Worker(readers, { eval: true, workerData: { port, hostname, accessToken, streams } });
    await once(worker, "message");
    return { [Symbol.asyncDispose]: async () => void (await worker.terminate()) };
  };
  await using _warm = await open();
  const before = heldBytes();
  await using _measured = await open();
  const each = (heldBytes() - before) / streams;
  expect(each).toBeGreaterThan(1024);
  expect(each).toBeLessThan(maxHeapBytes);
});
