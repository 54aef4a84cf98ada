import { type Command, defineCommand } from "../command.ts";
import { bashScript } from "../completion/bash.ts";
import { fishScript } from "../completion/fish.ts";
import { completionTable } from "../completion/points.ts";
import { zshScript } from "../completion/zsh.ts";

const scripts = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;

interface Described {
  readonly commands: readonly Command[];
  readonly groups: Readonly<Record<string, string>>;
}

/** Defines `gatehouse completion SHELL`, which completes the commands of the table, itself included. */
export function defineCompletion(others: Described): Command {
  const completion: Command = defineCommand({
    name: "completion",
    summary: "prints a script by which your shell completes the commands and their options",
    args: { shell: { summary: "your shell", choices: ["bash", "zsh", "fish"] } },
    examples: [
      {
        args: "completion bash > ~/.gatehouse-completion",
        summary: "then: source ~/.gatehouse-completion in ~/.bashrc",
      },
      { args: "completion zsh > ~/.gatehouse-completion", summary: "then: source it in ~/.zshrc, after compinit" },
      { args: "completion fish > ~/.config/fish/conf.d/gatehouse.fish", summary: "fish loads it by itself" },
    ],
    guide: "docs/guides/command-line.md",
    async run({ shell }) {
      const table = completionTable([...others.commands, completion], others.groups);
      process.stdout.write(`${scripts[shell](table)}\n`);
    },
  });
  return completion;
}
