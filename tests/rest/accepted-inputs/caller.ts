import type { TestGatehouse } from "../../support/gatehouse.ts";
import type { Account } from "../../support/rest.ts";

/** An account with an installation that is linked to it; addresses and ids are new, since the tests share a server. */
export interface Caller extends Account {
  readonly installationId: string;
}

/** Of each operation an input that succeeds; the file itself, if it takes one. */
export type AcceptedInputs = Readonly<Record<string, (caller: Caller, server: TestGatehouse) => unknown>>;
