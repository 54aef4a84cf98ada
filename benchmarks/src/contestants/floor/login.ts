import type { FloorDependencies } from "./dependencies.ts";
import type { FloorHandler } from "./handler.ts";
import { startSession } from "./session.ts";
import { inTransaction } from "./transaction.ts";
import { toUser, type UserRow } from "./user.ts";

const findUser = {
  name: "find-user-by-email",
  text: `select * from "user" where email_canonical = $1 and deleted_at is null`,
};

const findHash = { name: "find-hash", text: "select hash from password where user_id = $1" };

const lockUser = {
  name: "lock-user",
  text: `select id from "user" where id = $1 and status = 'active' and deleted_at is null for share`,
};

interface Body {
  readonly identifier: string;
  readonly password: string;
}

/** Argon2, and the session in a transaction that holds the user. */
export const login: FloorHandler = async (deps, request) => {
  const user = await findProven(deps, request.body as Body);
  if (user === undefined) return { status: 401 };
  return await inTransaction(deps.db, async (client) => {
    const { rows } = await client.query({ ...lockUser, values: [user.id] });
    if (rows.length === 0) throw new Error("The user may not sign in");
    const session = await startSession(deps, client, { user, request });
    return { status: 200, output: { status: "signed_in", user: toUser(user), session } };
  });
};

async function findProven({ db, passwords }: FloorDependencies, body: Body): Promise<UserRow | undefined> {
  const users = await db.query<UserRow>({ ...findUser, values: [body.identifier.toLowerCase()] });
  const [user] = users.rows;
  if (user === undefined) return undefined;
  const hashes = await db.query<{ hash: string }>({ ...findHash, values: [user.id] });
  const [stored] = hashes.rows;
  return stored !== undefined && (await passwords.verify(stored.hash, body.password)) ? user : undefined;
}
