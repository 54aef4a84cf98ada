import { randomUUID } from "node:crypto";
import { callOnce, type ServerAddress } from "./protocols.ts";

/** The credentials of a user. */
export interface Account {
  readonly email: string;
  readonly password: string;
}

/** Credentials of a user who does not exist yet: each call makes another address. */
export function newAccount(): Account {
  return { email: `${randomUUID()}@example.com`, password: "correct horse battery staple" };
}

/** Registers a new user. Throws where the answer has no tokens. */
export async function registerAccount(server: ServerAddress): Promise<Account> {
  const account = newAccount();
  tokensOf(await callOnce(server, { procedure: "auth.register", input: account }));
  return account;
}

/** The tokens of a session. */
export interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Signs in, which starts another session. */
export async function signIn(server: ServerAddress, { email, password }: Account): Promise<Tokens> {
  return tokensOf(await callOnce(server, { procedure: "auth.login", input: { identifier: email, password } }));
}

/** The tokens in the output of a registration, a login or a refresh. Throws where there are none. */
export function tokensOf(output: unknown): Tokens {
  const { session } = output as { session?: Partial<Tokens> };
  const { accessToken, refreshToken } = session ?? {};
  if (accessToken === undefined || refreshToken === undefined) throw new Error("The answer has no tokens");
  return { accessToken, refreshToken };
}
