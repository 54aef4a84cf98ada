import { inspect } from "node:util";
import { TRPCError } from "@trpc/server";

/** Records what a server did on behalf of its user, in order: contexts made, errors reported, procedures run. */
export class EventLog {
  #entries: string[] = [];
  #watchers: (() => void)[] = [];

  add(event: string, details: Record<string, unknown>): void {
    const shown = Object.entries(details).map(([name, value]) => `${name}=${show(value)}`);
    this.#entries.push(`${event} ${shown.join(" ")}`);
    for (const watcher of this.#watchers) watcher();
  }

  /** Returns the events since the last call. */
  take(): string[] {
    return this.#entries.splice(0);
  }

  /** Resolves once an event of this name has been added. */
  async until(event: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const check = () => {
      if (this.#entries.some((entry) => entry.startsWith(event))) resolve();
    };
    this.#watchers.push(check);
    check();
    await promise;
  }
}

/** Shows a value with everything that a test can tell apart, without stacks, which differ between the two adapters. */
function show(value: unknown): string {
  if (!(value instanceof Error))
    return withoutStacks(inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY }));
  const code = value instanceof TRPCError ? value.code : "";
  return `${value.name}(${code} ${value.message} because ${value.cause === undefined ? "-" : show(value.cause)})`;
}

/** Removes all stacks, since a procedure may also return an error deep in its value. */
function withoutStacks(shown: string): string {
  return shown.replaceAll(/\n\s+at .*/g, "");
}
