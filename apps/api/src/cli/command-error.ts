/** A command cannot do its work, and the operator can mend it: the message says how, and no stack is shown. */
export class CommandError extends Error {
  override readonly name: string = "CommandError";
}

/** The arguments are wrong, and the message says what would be right. */
export class MisuseError extends CommandError {
  override readonly name = "MisuseError";
}
