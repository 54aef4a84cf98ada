import { isDeepStrictEqual } from "node:util";
import { type ThingQuery, thingKinds, thingProcedure } from "../servers/things.ts";
import { type Account, newAccount, registerAccount, signIn, tokensOf } from "./account.ts";
import { type Call, callOnce, type ServerAddress } from "./protocols.ts";

/** The calls of one connection, each sent when the one before it has been answered. */
export type Script =
  /** The same calls in turn. */
  | { readonly repeat: readonly Call[] }
  /** Another one each time; `receive` gets the output of each. */
  | { next(): Call; receive?(output: unknown): void };

/**
 * Writes the script of one connection. `account` registers an account that no other connection uses. Throws where a
 * first call fails or returns something unexpected.
 */
type ScriptWriter = (server: ServerAddress, account: () => Promise<Account>) => Promise<Script>;

/** Registers a new user each time. */
const register: ScriptWriter = async (server) => {
  await registerAccount(server);
  return { next: () => ({ procedure: "auth.register", input: newAccount() }) };
};

/** Signs the same user in each time. Each time starts another session. */
const login: ScriptWriter = async (server, account) => {
  const owner = await account();
  await signIn(server, owner);
  const input = { identifier: owner.email, password: owner.password };
  return { repeat: [{ procedure: "auth.login", input }] };
};

/** Refreshes one session, each time with the token of the last answer. */
const refresh: ScriptWriter = async (server, account) => {
  let { refreshToken } = await signIn(server, await account());
  return {
    next: () => ({ procedure: "auth.refresh", input: { refreshToken } }),
    receive(output) {
      const successor = tokensOf(output).refreshToken;
      if (successor === refreshToken) throw new Error("The refresh token was not replaced");
      refreshToken = successor;
    },
  };
};

/** Reads the user who is signed in, in one session. */
const me: ScriptWriter = async (server, account) => {
  const owner = await account();
  const { accessToken } = await signIn(server, owner);
  const call: Call = { procedure: "user.me", accessToken };
  const { email } = (await callOnce(server, call)) as { email?: string };
  if (email !== owner.email) throw new Error("user.me returned another user");
  return { repeat: [call] };
};

/** Calls a procedure that does nothing and takes a session. */
const signedIn: ScriptWriter = async (server, account) => {
  const { accessToken } = await signIn(server, await account());
  const call: Call = { procedure: "benchmark.signedIn", accessToken };
  if ((await callOnce(server, call)) !== "yes") throw new Error("benchmark.signedIn returned something else");
  return { repeat: [call] };
};

/** Calls a procedure that does nothing. */
const empty: ScriptWriter = async (server) => {
  const call: Call = { procedure: "empty" };
  const output = await callOnce(server, call);
  if (output !== "nothing") throw new Error(`The empty procedure answered ${output}`);
  return { repeat: [call] };
};

/** Asks for a thing of each kind in turn, by path and query. */
const thing: ScriptWriter = async (server) => {
  const calls = Array.from({ length: thingKinds }, (_, index) => thingCall(index + 1));
  for (const call of calls) {
    const output = await callOnce(server, call);
    if (!isDeepStrictEqual(output, call.input)) throw new Error(`${call.procedure} returned another thing`);
  }
  return { repeat: calls };
};

function thingCall(kind: number): Call {
  const input: ThingQuery = { id: `a-thing-${kind}`, limit: kind, order: "newest" };
  return { procedure: thingProcedure(kind), input };
}

/** The script of each action. */
export const scriptWriters = {
  register,
  login,
  refresh,
  me,
  "signed-in": signedIn,
  storm: me,
  proxied: me,
  empty,
  thing,
} as const satisfies Readonly<Record<string, ScriptWriter>>;

/** What the load does: it chooses the script, and names a case on the command line. */
export type ActionName = keyof typeof scriptWriters;
