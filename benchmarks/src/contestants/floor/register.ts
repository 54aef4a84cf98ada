import { randomUUID } from "node:crypto";
import type { FloorHandler } from "./handler.ts";
import { startSession } from "./session.ts";
import { inTransaction } from "./transaction.ts";
import { toUser, type UserRow } from "./user.ts";

const emailExists = { name: "email-exists", text: `select id from "user" where email_canonical = $1` };

const insertUser = {
  name: "insert-user",
  text: `
    insert into "user" (public_id, email, email_canonical, username, username_canonical, given_name, family_name,
      birth_date, locale, status, roles, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    returning *`,
};

const insertPassword = {
  name: "insert-password",
  text: "insert into password (user_id, hash, created_at, updated_at) values ($1, $2, $3, $4)",
};

interface Body {
  readonly email: string;
  readonly password: string;
}

/** Argon2, and user, password and session in one transaction. */
export const register: FloorHandler = async (deps, request) => {
  const { email, password } = request.body as Body;
  const canonical = email.toLowerCase();
  const taken = await deps.db.query({ ...emailExists, values: [canonical] });
  if (taken.rows.length > 0) return { status: 409 };
  const hash = await deps.passwords.hash(password);
  const output = await inTransaction(deps.db, async (client) => {
    const now = new Date();
    const names = [null, null, null, null, null];
    const values = [randomUUID(), email, canonical, ...names, "en", "active", [], now, now];
    const { rows } = await client.query<UserRow>({ ...insertUser, values });
    const [user] = rows;
    if (user === undefined) throw new Error("The user was not inserted");
    await client.query({ ...insertPassword, values: [user.id, hash, now, now] });
    return { user: toUser(user), session: await startSession(deps, client, { user, request }) };
  });
  return { status: 201, output };
};
