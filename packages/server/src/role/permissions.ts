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
  /** The API key that calls in their name, which gives no more than its scopes. Default: they call themselves. */
  readonly apiKey?: { readonly scopes: readonly string[] };
}

/** The rights of an operator at the command line, who may do everything. */
export const operatorRights: RightsHolder = { roles: [adminRole], groupIds: [] };

/** What somebody may do. */
export class PermissionSet {
  readonly #names: ReadonlySet<string>;

  constructor(names: Iterable<string>) {
    this.#names = new Set(names);
  }

  has(permission: string): boolean {
    return this.#names.has(permission) || this.#names.has(everything);
  }

  /** What of this the scopes of an API key cover, and what everybody may do. */
  within(scopes: readonly string[], everybodys: PermissionSet): PermissionSet {
    return new PermissionSet([...everybodys.#names, ...scopes.filter((scope) => this.has(scope))]);
  }

  /** Whether everything that the other allows is allowed here too. */
  covers(other: PermissionSet): boolean {
    return other.#names.values().every((name) => this.has(name));
  }
}
