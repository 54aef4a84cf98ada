// Packs the client, installs it as its users would, and proves that it works there: an app compiles under every usual
// setting, wrong calls do not compile, the declarations contain no internals of the server, and the app calls a real
// server.
import { deepEqual, equal } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { findForeignNames } from "../packages/client/scripts/build/foreign-names.ts";
import { listFiles } from "../packages/client/scripts/build/modules.ts";
import type { Journey } from "../tests/client/packed/journey.ts";
import { startApp } from "../tests/support/server-process.ts";
import { readArguments, runCommand } from "./options.ts";
import { createProject, type Project } from "./packed-client/project.ts";
import { run } from "./run-program.ts";

const compilerSettings = ["bundler", "nodenext"].flatMap((moduleResolution) =>
  [true, false].map((skipLibCheck) => ({ moduleResolution, skipLibCheck })),
);

await runCommand(provePackedClient);

async function provePackedClient(): Promise<number> {
  readArguments({ command: "pnpm packed-client" });
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-packed-client-"));
  const project = createProject(folder.path);
  console.log(`✓ ${project.packages} packages installed with the client and TypeScript`);
  console.log(`✓ ${checkDeclarations(project)} declarations name nothing of the server's insides`);
  for (const setting of checkTypes(project)) console.log(`✓ compiles, and mistakes do not: ${setting}`);
  console.log(`✓ against a real server: ${await checkJourney(project)}`);
  return 0;
}

/** Returns the number of declaration files. Throws if one of them names internals of the server. */
function checkDeclarations({ client }: Project): number {
  const files = listFiles(client).filter((file) => file.endsWith(".d.ts"));
  const names = files.flatMap((file) => findForeignNames(file).map((name) => `${file} names ${name}`));
  if (names.length > 0 || files.length === 0) throw new Error(names.join("\n") || "The client declares nothing");
  return files.length;
}

/** Compiles the app, the last time for use, and returns the name of each setting. Throws at the first error. */
function checkTypes({ folder }: Project): string[] {
  return compilerSettings.map(({ moduleResolution, skipLibCheck }) => {
    const compilerOptions = {
      target: "es2022",
      module: moduleResolution === "bundler" ? "esnext" : moduleResolution,
      moduleResolution,
      skipLibCheck,
      strict: true,
      exactOptionalPropertyTypes: true,
      rootDir: "src",
      outDir: "out",
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["src"] }));
    run(folder, process.execPath, join("node_modules", "typescript", "bin", "tsc"));
    return `${moduleResolution}, skipLibCheck ${skipLibCheck ? "on" : "off"}`;
  });
}

/** Prints the app's steps. Throws if one has an unexpected result. */
async function checkJourney({ folder }: Project): Promise<string> {
  const settings = { NODE_ENV: "development", DATA_DIR: join(folder, "data"), DATABASE_URL: "", PUBLIC_URL: "" };
  await using server = await startApp({ environment: { PATH: process.env["PATH"], ...settings } });
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
