/** A command cannot do its work, and the operator can mend it: the message says how, and no stack is shown. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}
