/** What a check of the doctor found. No text of it contains a secret. */
export interface Finding {
  /** What was checked, in a word or two. */
  readonly check: string;
  /** `failed` if the server does not work with it, `warning` if it does but something is to be seen to. */
  readonly status: "ok" | "warning" | "failed";
  /** What is the case, as a sentence. */
  readonly message: string;
  /** What to do about it, as a sentence; none if all is well. */
  readonly remedy?: string;
}

type Outcome = Omit<Finding, "check">;

/** All is well. */
export const ok = (message: string): Outcome => ({ status: "ok", message });

/** The server works, but something is to be seen to. */
export const warning = (message: string, remedy: string): Outcome => ({ status: "warning", message, remedy });

/** The server does not work, or not for long. */
export const failed = (message: string, remedy: string): Outcome => ({ status: "failed", message, remedy });

/** Names the outcome of a check. If the check itself throws, that is a failure too, so that the others are still made. */
export async function named(check: string, make: () => Outcome | Promise<Outcome>): Promise<Finding> {
  try {
    return { check, ...(await make()) };
  } catch (error) {
    return { check, ...failed(`Could not be checked: ${reasonOf(error)}.`, "See to the reason, and check again.") };
  }
}

/** Returns the reason of an error: the code of the operating system if it has one, otherwise its first line. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ("code" in error && typeof error.code === "string") return error.code;
  if (error.cause instanceof Error) return reasonOf(error.cause);
  return error.message.split("\n", 1)[0] ?? error.name;
}
