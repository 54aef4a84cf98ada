import { execFileSync, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runGatehouse } from "../support/command-line.ts";
import { processEnvironment } from "../support/process-environment.ts";

type Shell = "bash" | "zsh" | "fish";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-completion-"));
  await writeFile(join(folder, "users of 2026.csv"), "");
  for (const shell of ["bash", "zsh", "fish"]) {
    const { code, stdout } = await runGatehouse(["completion", shell], { environment: {} });
    expect(code).toBe(0);
    await writeFile(join(folder, `script.${shell}`), stdout);
  }
});

afterAll(() => rm(folder, { recursive: true }));

const quote = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;

/** Each runs a shell that completes the last of the words, and prints a line for each completion. */
const programs: Readonly<Record<Shell, (words: readonly string[]) => readonly string[]>> = {
  // Loaded twice, as when a start file is read again.
  bash: (words) => [
    "--norc",
    "-c",
    `_of_pnpm() { COMPREPLY=(of-pnpm); }; complete -F _of_pnpm pnpm; source ./script.bash; source ./script.bash
    COMP_WORDS=(${words.map(quote).join(" ")}); COMP_CWORD=${words.length - 1}
    if [[ \${COMP_WORDS[0]} == pnpm ]]; then _gatehouse_by_pnpm; else _gatehouse_alone; fi
    printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  // What zsh's own completion would show is printed instead.
  zsh: (words) => [
    "-f",
    "-c",
    `typeset -A _comps; compdef() { _comps[$2]=$1 }; _of_pnpm() { print of-pnpm }; compdef _of_pnpm pnpm
    compadd() { print -rl -- \${(M)\${(P)5}:#$words[CURRENT]*} }; _files() { print -rl -- $words[CURRENT]*(N) }
    source ./script.zsh; source ./script.zsh
    words=(${words.map(quote).join(" ")}); CURRENT=${words.length}; $_comps[$words[1]]`,
  ],
  fish: (words) => ["--no-config", "-c", `source ./script.fish; complete -C ${quote(words.join(" "))}`],
};

function complete(shell: Shell, words: readonly string[]): readonly string[] {
  const env = { ...processEnvironment, HOME: folder };
  const printed = execFileSync(shell, programs[shell](words), { cwd: folder, encoding: "utf8", env });
  // fish adds the description, after a tab.
  const found = printed.split("\n").map((line) => line.split("\t", 1)[0] ?? "");
  return found.filter((word) => word !== "").toSorted();
}

const isThere = (shell: Shell) => spawnSync(shell, ["-c", "true"]).error === undefined;

describe.each(["bash", "zsh", "fish"] as const)("completion in %s", (shell) => {
  describe.skipIf(!isThere(shell))("completes", () => {
    test.each([
      ["commands", ["pnpm", "gatehouse", "ro"], ["role", "routes"]],
      ["commands of an alias", ["gatehouse", "d"], ["doctor"]],
      ["commands of two words", ["pnpm", "gatehouse", "jobs", ""], ["list", "retry", "show"]],
      ["commands about people", ["pnpm", "gatehouse", "role", "re"], ["revoke"]],
      ["states of accounts", ["gatehouse", "user", "find", "--status", "de"], ["deactivated", "deleted"]],
      ["files that an export writes", ["gatehouse", "export", "--output", "users"], ["users of 2026.csv"]],
      ["options", ["pnpm", "gatehouse", "keys", "rotate", "--"], ["--help", "--json", "--now"]],
      ["the values of an option", ["pnpm", "gatehouse", "import", "--format", ""], ["csv", "ndjson"]],
      ["the values of an argument", ["pnpm", "gatehouse", "completion", "z"], ["zsh"]],
      ["files, where one is meant", ["pnpm", "gatehouse", "import", "users"], ["users of 2026.csv"]],
      ["files as the value of an option", ["gatehouse", "import", "--report", "users"], ["users of 2026.csv"]],
      ["nothing else where a text is meant", ["pnpm", "gatehouse", "jobs", "list", "--limit", ""], []],
    ])("%s", (_what, words, expected) => {
      expect(complete(shell, words)).toEqual(expected);
    });

    test.skipIf(shell === "fish")("what pnpm itself completes, as before", () => {
      expect(complete(shell, ["pnpm", "inst"])).toEqual(["of-pnpm"]);
    });
  });
});
