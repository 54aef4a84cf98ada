import { createInterface, type Interface } from "node:readline/promises";
import { Writable } from "node:stream";
import { text } from "node:stream/consumers";
import { CommandError, MisuseError } from "./command-error.ts";

/** Whether somebody at a terminal can answer questions. */
export function canAsk(): boolean {
  return process.stdin.isTTY;
}

/** Asks a question at the terminal, on standard error, and returns the answer. Throws `CommandError` where none is given. */
export async function ask(question: string): Promise<string> {
  return await readAnswer(process.stderr, (prompt) => prompt.question(question));
}

/** Like {@link ask}, without showing what is typed. */
export async function askSecret(question: string): Promise<string> {
  const withoutEcho = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = readAnswer(withoutEcho, (prompt) => {
    process.stderr.write(question);
    return prompt.question("");
  });
  return await answer.finally(() => process.stderr.write("\n"));
}

/** Opens a prompt, which ends the terminal's own echo, before it asks. What is typed is shown on the output. */
async function readAnswer(
  output: NodeJS.WritableStream,
  question: (prompt: Interface) => Promise<string>,
): Promise<string> {
  using left = new DisposableStack();
  const prompt = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  left.defer(() => prompt.close());
  const { promise: cancelled, reject } = Promise.withResolvers<never>();
  const cancel = () => reject(new CommandError("Cancelled; nothing was done."));
  prompt.once("SIGINT", cancel).once("close", cancel);
  return await Promise.race([question(prompt), cancelled]);
}

/** Reads the one line of standard input, which is not a terminal. Throws `MisuseError` for none and for several. */
export async function readLine(): Promise<string> {
  const line = (await text(process.stdin)).replace(/\r?\n$/, "");
  if (line !== "" && !line.includes("\n")) return line;
  throw new MisuseError(`Standard input has ${line === "" ? "nothing" : "several lines"}, where one line is meant.`);
}
