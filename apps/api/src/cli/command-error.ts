/** Thrown when a command cannot do its work and the operator can correct that. The message says how; no stack is printed. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** The arguments are wrong; the message says which are right. */
export class MisuseError extends CommandError {
  override readonly name = "MisuseError";
}
