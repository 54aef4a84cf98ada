import { setImmediate } from "node:timers/promises";
import { fastify } from "fastify";
import { expect, test } from "vitest";
import type { Config } from "../config.ts";
import { addDocumentation } from "./documentation.ts";

/** Starts a server whose document cannot be made, and returns what it has logged when nothing is left to do. */
async function listenWithout(environment: Config["environment"]): Promise<string> {
  let log = "";
  const app = fastify({ logger: { level: "error", stream: { write: (line) => (log += line) } } });
  addDocumentation(app, { environment }, async () => {
    throw new Error("things.create has a Map");
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  for (let turn = 0; turn < 5; turn += 1) await setImmediate();
  await app.close();
  return log;
}

test("outside production, a document that cannot be made is an error in the log as soon as the server listens", async () => {
  for (const environment of ["development", "test", "staging"] as const) {
    expect(await listenWithout(environment)).toContain("things.create has a Map");
  }
});

test("in production no document is made before it is read", async () => {
  expect(await listenWithout("production")).toBe("");
});
