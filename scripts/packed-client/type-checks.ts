// Compiles the app under the settings that TypeScript projects use.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run-program.ts";
import type { Project } from "./project.ts";

const settings = ["bundler", "nodenext"].flatMap((moduleResolution) =>
  [true, false].map((skipLibCheck) => ({ moduleResolution, skipLibCheck })),
);

/** Compiles the app, the last time for use, and returns the name of each setting. Throws at the first error. */
export function checkTypes({ folder }: Project): string[] {
  return settings.map(({ moduleResolution, skipLibCheck }) => {
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
