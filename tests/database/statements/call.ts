import type { DatabaseTransaction } from "../../../packages/server/src/database/connection.ts";

/** Makes the statements of a function. */
export type Call = (trx: DatabaseTransaction) => Promise<unknown>;

/** A call of each function that a store exports; one that is missing does not compile. */
export type CallsOf<Store> = {
  readonly [Name in keyof Store as Store[Name] extends (...args: never) => unknown ? Name : never]: Call;
};
