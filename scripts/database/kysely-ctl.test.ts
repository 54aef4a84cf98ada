import { execFile } from "node:child_process";
import { mkdtempDisposable, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { root } from "../pinned-node.mjs";
import { makeMigration, migrationTemplate } from "./kysely-ctl.ts";

const run = promisify(execFile);

test("a new migration passes the type check and the lint unchanged", async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-migration-"));
  const kysely = join(root, "packages/server/node_modules/kysely/dist/index.d.ts");
  await writeFile(join(folder.path, "0002-new.ts"), migrationTemplate);
  await writeFile(join(folder.path, "package.json"), JSON.stringify({ type: "module" }));
  await writeFile(
    join(folder.path, "tsconfig.json"),
    JSON.stringify({
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { types: [], paths: { kysely: [kysely] } },
    }),
  );
  const biome = ["ci", "--error-on-warnings", "--vcs-enabled=false", `--config-path=${root}`, "0002-new.ts"];
  await run(process.execPath, [join(root, "node_modules/typescript/bin/tsc"), "-p", folder.path]);
  await run(process.execPath, [join(root, "node_modules/@biomejs/biome/bin/biome"), ...biome], { cwd: folder.path });
});

test.each([undefined, "", "Add Notes", "add_notes", "../notes", "1-notes", "notes-"])(
  "%j is refused as a name for a migration, and no file is made",
  (name) => {
    expect(() => makeMigration(name)).toThrow("pnpm db:make add-notes");
  },
);
