import type { Account } from "../account.ts";
import type { Call } from "../protocols/call.ts";
import type { ServerAddress } from "../server.ts";

/** What one connection does over and over, a call after the answer to the one before. */
export type Script =
  /** The same calls in turn. */
  | { readonly repeat: readonly Call[] }
  /** Another one each time; `receive` gets the output of each. */
  | { next(): Call; receive?(output: unknown): void };

/**
 * Writes the script of one connection, with an account that is its own, and is registered when it is asked for. It first
 * sees that the call does what it should.
 */
export type ScriptWriter = (server: ServerAddress, account: () => Promise<Account>) => Promise<Script>;
