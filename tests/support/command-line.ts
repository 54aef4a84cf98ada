import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { vi } from "vitest";
import { runCommandLine } from "../../apps/api/src/cli/command-line.ts";
import { processEnvironment } from "./process-environment.ts";

const main = fileURLToPath(new URL("../../apps/api/src/cli/main.ts", import.meta.url));

interface CommandRun {
  /** The settings of the command; it gets no others. */
  readonly environment: Readonly<Record<string, string>>;
  /** Default: the folder of the tests' process. */
  readonly folder?: string;
  /** What a process of its own reads from standard input. Default: nothing. */
  readonly input?: string;
}

/** How a command ended, and what it printed. */
export interface CommandOutcome {
  /** `null` if something killed its process. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `pnpm gatehouse …` in the tests' process: another process would take a second of CPU time more, but only it shows that the
 * command ends by itself. Rejects where a process would print a stack. One command runs at a time.
 */
export function runGatehouse(args: readonly string[], run: CommandRun): Promise<CommandOutcome> {
  return runHere(run, () => runCommandLine(args));
}

/** Runs in the tests' process what a process of its own would run with these settings; the work returns the exit code. */
export async function runHere(
  { environment, folder = process.cwd() }: CommandRun,
  work: () => Promise<number>,
): Promise<CommandOutcome> {
  using left = new DisposableStack();
  const { env } = process;
  left.defer(() => {
    process.env = env;
  });
  process.env = { ...environment };
  const formerFolder = process.cwd();
  left.defer(() => process.chdir(formerFolder));
  process.chdir(folder);
  for (const signal of ["SIGINT", "SIGTERM"]) left.defer(noteListeners(process, signal));
  // A stream that was written to by a pipeline without an end keeps its listeners.
  for (const event of ["error", "close", "finish", "unpipe"]) left.defer(noteListeners(process.stdout, event));
  left.defer(holdWarnings());
  const stdout = left.use(capture(process.stdout));
  const stderr = left.use(capture(process.stderr));
  const code = await work();
  return { code, stdout: stdout.text(), stderr: stderr.text() };
}

/** Returns a function that removes the listeners added since, so that a signal ends the tests as before and none pile up. */
function noteListeners(emitter: NodeJS.EventEmitter, event: string): () => void {
  const before = new Set(emitter.rawListeners(event));
  return () => {
    for (const listener of emitter.rawListeners(event)) {
      if (!before.has(listener)) emitter.off(event, listener as (...args: unknown[]) => void);
    }
  };
}

/**
 * Holds the warnings of the process back, and returns a function that lets them out: they may be of anything that ran in it before,
 * and none is of what the command prints. A command in a process of its own shows its warnings.
 */
function holdWarnings(): () => void {
  const handlers = process.listeners("warning");
  const held: Error[] = [];
  const hold = (warning: Error) => void held.push(warning);
  process.removeAllListeners("warning").on("warning", hold);
  return () => {
    process.off("warning", hold);
    for (const handler of handlers) process.on("warning", handler);
    for (const warning of held) process.emit("warning", warning);
  };
}

function capture(stream: NodeJS.WriteStream): Disposable & { text(): string } {
  let text = "";
  const spy = vi.spyOn(stream, "write").mockImplementation((chunk, ...rest) => {
    text += chunk;
    const written = rest.at(-1);
    if (typeof written === "function") written();
    return true;
  });
  return { text: () => text, [Symbol.dispose]: () => spy.mockRestore() };
}

/** A command that runs. */
interface StartedCommand {
  readonly child: ChildProcess;
  /** Its output so far. */
  readonly printed: { readonly stdout: string; readonly stderr: string };
}

/** Starts `pnpm gatehouse …` in a process of its own, without pnpm. */
export function startGatehouseProcess(
  args: readonly string[],
  { environment, folder, input = "" }: CommandRun,
): StartedCommand {
  const env = { ...processEnvironment, ...environment };
  const child = spawn(process.execPath, [main, ...args], { cwd: folder, env, stdio: ["pipe", "pipe", "pipe"] });
  // A command that reads nothing may have ended before.
  child.stdin.on("error", () => undefined).end(input);
  const printed = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (printed.stdout += chunk));
  child.stderr.on("data", (chunk) => (printed.stderr += chunk));
  return { child, printed };
}

/** Runs it to its end. */
export async function runGatehouseProcess(args: readonly string[], run: CommandRun): Promise<CommandOutcome> {
  const { child, printed } = startGatehouseProcess(args, run);
  const [code] = await once(child, "close");
  return { code, ...printed };
}
