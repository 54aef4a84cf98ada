import { inspect } from "node:util";

/** The questions that every child answers, besides those of its module. */
export const startQuestion = "start";
export const cpuQuestion = "cpuMicros";
export const memoryQuestion = "residentBytes";

/** A message from the parent. The answer carries its id. */
interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}

/** A message to the parent. */
export type Answer =
  | { readonly id: number; readonly output: unknown }
  | { readonly id: number; readonly failure: string };

/** A child that has started. */
export interface Service<Ready> {
  /** The result of the start, such as the address of a server. */
  readonly ready: Ready;
  /** The questions of this module, by name. */
  readonly answers?: Readonly<Record<string, (input: never) => unknown>>;
  stop?(): Promise<void>;
}

/** A child that cannot stop in an orderly way within this time ends all the same, in milliseconds. */
const stopLimitMillis = 10_000;

/**
 * Makes this process a child that starts, answers and stops as its parent says. It ends with its parent, however that
 * ends: the channel between them then closes.
 */
export function serveParent<Input, Ready>(start: (input: Input) => Promise<Service<Ready>>): void {
  let service: Promise<Service<Ready>> | undefined;
  const answer = async ({ name, input }: Question): Promise<unknown> => {
    if (name === cpuQuestion) return cpuMicros();
    if (name === memoryQuestion) return process.memoryUsage.rss();
    // The parent is typed by the same declarations, so what it sends is not checked again.
    if (name !== startQuestion) return await (await service)?.answers?.[name]?.(input as never);
    service = start(input as Input);
    return (await service).ready;
  };
  process.on("message", async (question: Question) => {
    reply(await settle(question.id, () => answer(question)));
  });
  process.once("disconnect", async () => {
    setTimeout(() => process.exit(1), stopLimitMillis);
    await (await service)?.stop?.();
    process.exit();
  });
}

async function settle(id: number, work: () => Promise<unknown>): Promise<Answer> {
  try {
    return { id, output: await work() };
  } catch (error) {
    return { id, failure: inspect(error) };
  }
}

/** A parent that has gone meanwhile needs no answer. */
function reply(answer: Answer): void {
  if (process.connected) process.send?.(answer);
}

function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}
