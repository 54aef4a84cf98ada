// The compiled app against the server of this repository.
import { deepEqual, equal } from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Journey } from "../../tests/client/packed/journey.ts";
import { root } from "../pinned-node.mjs";
import { run } from "../run-program.ts";
import { startServer } from "../start-server.ts";
import type { Project } from "./project.ts";

/** Says what the app did. Throws where anything went another way. */
export async function checkJourney({ folder }: Project): Promise<string> {
  const settings = { NODE_ENV: "development", DATA_DIR: join(folder, "data"), DATABASE_URL: "", PUBLIC_URL: "" };
  await using server = await startServer(root, { ...process.env, ...settings });
  const app = pathToFileURL(join(folder, "out", "journey.js")).href;
  const script = `const { travel } = await import(${JSON.stringify(app)}); console.log(JSON.stringify(await travel(${JSON.stringify(server.url)})))`;
  const journey: Journey = JSON.parse(run(folder, process.execPath, "--input-type=module", "--eval", script));
  const { registered, me, refreshed, status, linked, devices, refusal, signOutReason, isSignedOut } = journey;
  deepEqual(me, registered);
  equal(me.givenName, "Ada");
  equal(refusal, "EMAIL_TAKEN");
  deepEqual(status, { sessionId: refreshed.id, methods: ["pwd"] });
  deepEqual(devices, [linked]);
  equal(signOutReason, "logged_out");
  equal(isSignedOut, true);
  return "register, login, user.me, refresh, auth.status, device.link, device.list, logout";
}
