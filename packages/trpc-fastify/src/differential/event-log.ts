import { inspect } from "node:util";
import { TRPCError } from "@trpc/server";

/** What a server did on behalf of its user, in order: contexts made, errors reported, procedures run. */
export class EventLog {
  #entries: string[] = [];
  #watchers: (() => void)[] = [];

  add(event: string, details: Record<string, unknown>): void {
    const shown = Object.entries(details).map(([name, value]) => `${name}=${show(value)}`);
    this.#entries.push(`${event} ${shown.join(" ")}`);
    for (const watcher of this.#watchers) watcher();
  }

  /** Everything since the last time. */
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

/** Everything that a test can tell apart, and no stack: the two adapters' differ. */
function show(value: unknown): string {
  if (!(value instanceof Error))
    return withoutStacks(inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY }));
  const code = value instanceof TRPCError ? value.code : "";
  return `${value.name}(${code} ${value.message} because ${value.cause === undefined ? "-" : show(value.cause)})`;
}

/** An error may also be the value that a procedure returned, deep in what is shown. */
function withoutStacks(shown: string): string {
  return shown.replaceAll(/\n\s+at .*/g, "");
}
