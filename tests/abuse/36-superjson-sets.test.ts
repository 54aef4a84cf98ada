import { test } from "vitest";
import { of, post } from "../support/attacks.ts";
import { openScene } from "../support/cost-scene.ts";

/** For bodies of one and two megabytes; the default limit of a body is 64 KiB. */
const maxCpuMillis = 150;

/** A Set of empty lists; for each reference, superjson walks it from the first list to the last. */
function setOfReferences(members: number, references: number): string {
  const path = JSON.stringify(`s.${members - 1}`);
  const set = `[${Array(members).fill("[]").join(",")}]`;
  const equalities = `{${path}:[${Array(references).fill(path).join(",")}]}`;
  return `{"json":{"s":${set}},"meta":{"values":{"s":["set"]},"referentialEqualities":${equalities}}}`;
}

/** A Set for each of whose members superjson walks it from the first, to make a date of it. */
function setOfDates(members: number): string {
  const notes = Array.from({ length: members }, (_, index) => `"s.${index}":["Date"]`);
  return `{"json":{"s":[${Array(members).fill("1").join(",")}]},"meta":{"values":{"s":["set"],${notes.join(",")}}}}`;
}

test("row 36: superjson Sets that once stopped the server for 38 and 78 seconds take a fraction of a second", async () => {
  // The limit that calls had when this was found; a body of so many values takes longer to parse than one at today's.
  await using scene = await openScene({ MAX_BODY_BYTES: String(2 * 1024 * 1024) });
  const bodies = [setOfReferences(160_001, 29_000), setOfReferences(160_001, 51_000), setOfDates(50_000)];
  const small = encodeURIComponent(setOfReferences(1000, 200));
  const get = (path: string) => of(`GET ${path}`.slice(0, 100), () => ({ method: "GET", path }));
  const attacks = [
    ...bodies.map((body, index) => of(`body ${index}`, () => post("/rpc/auth.refresh", body))),
    ...bodies.map((body, index) => of(`batch ${index}`, () => post("/rpc/auth.refresh?batch=1", `{"0":${body}}`))),
    get(`/rpc/device.list?input=${small}`),
    get(`/rpc/device.list?batch=1&input=${encodeURIComponent(`{"0":${setOfReferences(1000, 200)}}`)}`),
    get(`/rpc/auth.onSessionChange?input=${small}`),
    get(`/rpc/auth.onSessionChange?connectionParams=${small}`),
  ];
  await scene.expectBounded(undefined, attacks, maxCpuMillis);
});
