import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { defineCommand } from "../command.ts";
import { CommandError } from "../command-error.ts";
import { accountArgument, findAccount } from "../operator/account.ts";
import { withOperator } from "../operator/scope.ts";
import { printPieces } from "../output.ts";

/** `gatehouse export USER` */
export const exportUser = defineCommand({
  name: "export",
  summary: "prints all that is held about a user, as one JSON document",
  notes:
    "Deleted users too, until they are erased. Passwords, keys and other secrets are left out. Memory does not grow with its size.",
  args: { user: accountArgument },
  options: {
    output: { value: "path", summary: "new file, which only you can read; default standard output", isPath: true },
  },
  examples: [
    { args: "export ada@example.com --output ada.json", summary: "to answer a request for their data" },
    { args: "export ada@example.com | jq .account", summary: "looks into it" },
  ],
  guide: "docs/guides/own-data.md",
  run: ({ user: identifier, output }) =>
    withOperator(async (scope) => {
      const { id } = await findAccount(scope, identifier);
      const pieces = scope.services.administration.exportUser(scope.deps, id);
      if (output === undefined) return await printPieces(pieces);
      await writeNewFile(output, pieces);
      process.stderr.write(`Wrote ${output}. It is personal: delete it when it was handed over.\n`);
    }),
});

/** Writes a file that only its owner can read, or leaves none. Throws `CommandError` for a path where it cannot be made. */
async function writeNewFile(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const file = createWriteStream(path, { flags: "wx", mode: 0o600 });
  await once(file, "open").catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "EEXIST" ? "It exists, and nothing is overwritten." : `${error.message}.`;
    throw new CommandError(`${path} cannot be written. ${why}`, { cause: error });
  });
  await pipeline(Readable.from(pieces), file).catch(async (error: unknown) => {
    await rm(path, { force: true });
    throw error;
  });
}
