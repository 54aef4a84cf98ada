import { once } from "node:events";
import { expect, test } from "vitest";
import { ServerPair, type TestServer } from "./differential/server.ts";
import { plainSettings } from "./differential/settings.ts";
import { open } from "./differential/socket.ts";
import type { TestRequest } from "./differential/sound-requests.ts";
import { serve, t } from "./testing/serve.ts";

const wait: TestRequest = { method: "GET", path: "wait", query: "", headers: {} };

test.each([
  ["a query", wait],
  ["a batch", { ...wait, path: "wait,echo", query: "batch=1" }],
])(
  "a client that leaves aborts the signal of %s, and onError reports it as the stock adapter does",
  async (_name, request) => {
    await using servers = new ServerPair(plainSettings);
    await servers.listen();
    const ours = await leave(servers.ours, request);
    expect(ours.join("\n")).toContain("AbortError");
    expect(ours).toEqual(await leave(servers.stock, request));
  },
);

/** Sends a request whose procedure waits for its signal, hangs up, and returns what happened on the server. */
async function leave({ app, log }: TestServer, request: TestRequest): Promise<string[]> {
  const socket = await open(app, request);
  await log.until("waiting");
  socket.destroy();
  await once(socket, "close");
  await log.until("onError");
  // The calls of a batch have no order among each other.
  return log.take().toSorted();
}

test("the signal of an answered request is not aborted when its connection closes", async () => {
  const signals: AbortSignal[] = [];
  await using app = serve({}, { keep: t.procedure.query(({ signal }) => signals.push(signal ?? AbortSignal.abort())) });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const socket = await open(app, { ...wait, path: "keep" });
  socket.resume();
  await once(socket, "close");
  await app.close();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
});
