/**
 * The server cannot start for a reason that the operator can fix. The message explains how, so no stack is shown. The name
 * is the kind of error: `ConfigError`, `DatabaseInUseError`, `DatabaseUnreachableError`, `DatabaseTooOldError`,
 * `MigrationError`, `KeyError` or `AddressInUseError`.
 */
export class StartupError extends Error {
  constructor(name: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
