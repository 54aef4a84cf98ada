// Bare: Fastify and pg without anything around them. A token is verified once and believed until it expires.
import { fastify } from "fastify";
import { Client } from "pg";
import { serveParent } from "../processes/serve-parent.ts";
import { type AccountDependencies, type FloorSettings, openAccounts } from "./floor/dependencies.ts";
import { accountHandlers, type FloorHandler } from "./floor/handlers.ts";
import { mountOnFastify } from "./floor/mount-on-fastify.ts";
import type { Tokens } from "./floor/tokens.ts";
import { toUser, type UserRow } from "./floor/user.ts";
import { serveFastify } from "./listen.ts";

/** The input of the start. */
export interface BareSettings extends FloorSettings {
  /** Whether users are read over the pool, or over one connection that does not wait for earlier results. */
  readonly reads: "pooled" | "pipelined";
}

const findUser = {
  name: "find-user",
  text: `select * from "user" where public_id = $1 and deleted_at is null`,
};

interface BareDependencies extends AccountDependencies {
  /** Reads users. */
  readonly reader: Pick<Client, "query">;
  readonly userOf: (token: string) => Promise<string>;
}

serveParent(async (settings: BareSettings) => {
  await using stack = new AsyncDisposableStack();
  const accounts = stack.adopt(await openAccounts(settings), (opened) => opened.close());
  const reader =
    settings.reads === "pooled"
      ? accounts.db
      : stack.adopt(await openPipelined(settings.databaseUrl), (client) => client.end());
  const deps = { ...accounts, reader, userOf: rememberUsers(accounts.tokens) };
  const app = fastify();
  mountOnFastify(app, { deps, handlers: { ...accountHandlers, "GET /v1/users/me": me } });
  const { ready, stop } = await serveFastify(app);
  const owned = stack.move();
  return { ready, stop: () => stop().finally(() => owned.disposeAsync()) };
});

async function openPipelined(databaseUrl: string): Promise<Client> {
  const client = new Client({ connectionString: databaseUrl, pipeline: true });
  await client.connect();
  return client;
}

/** Returns the public id of a token's user. Throws where the token is not genuine. */
function rememberUsers(tokens: Tokens): BareDependencies["userOf"] {
  const known = new Map<string, { readonly userId: string; readonly expiresAt: Date }>();
  return async (token) => {
    const remembered = known.get(token);
    if (remembered !== undefined && remembered.expiresAt.getTime() > Date.now()) return remembered.userId;
    const verified = await tokens.verifyAccess(token);
    known.set(token, verified);
    return verified.userId;
  };
}

/** One read of the user. */
const me: FloorHandler<BareDependencies> = async ({ reader, userOf }, { authorization }) => {
  const userId = await userOf(authorization?.slice("Bearer ".length) ?? "");
  const { rows } = await reader.query<UserRow>({ ...findUser, values: [userId] });
  const [user] = rows;
  return user === undefined ? { status: 404 } : { status: 200, output: toUser(user) };
};
