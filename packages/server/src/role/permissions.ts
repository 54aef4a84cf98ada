/** The role that may do everything, and cannot be changed. */
export const adminRole = "admin";

/** The role of every account. */
export const everyonesRole = "user";

/** The permission that stands for every other; only {@link adminRole} has it. */
const everything = "*";

/** What gives somebody permissions. */
export interface RightsHolder {
  readonly roles: readonly string[];
  /** The internal ids of their groups, which carry roles too. */
  readonly groupIds: readonly string[];
}

/** What somebody may do. */
export class PermissionSet {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(permission: string): boolean {
    return this.#names.has(permission) || this.#names.has(everything);
  }

  /** Whether everything that the other allows is allowed here too. */
  covers(other: PermissionSet): boolean {
    return other.#names.values().every((name) => this.has(name));
  }
}
