/**
 * The server cannot start, and the operator can mend it: the message says how, so no stack is needed. The name says
 * what kind it is: `ConfigError`, `DatabaseInUseError`, `DatabaseUnreachableError`, `DatabaseTooOldError`, `MigrationError`, `KeyError` or
 * `AddressInUseError`.
 */
export class StartupError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
