/** A command cannot do its work, and the operator can correct that: the message says how, and no stack is shown. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** The arguments are wrong; the message says which are right. */
export class MisuseError extends CommandError {
  override readonly name = "MisuseError";
}
