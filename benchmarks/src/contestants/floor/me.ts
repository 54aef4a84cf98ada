import type { FloorHandler } from "./handler.ts";
import { toUser, type UserRow } from "./user.ts";

const findUser = {
  name: "find-user",
  text: `select * from "user" where id = $1 and deleted_at is null`,
};

/** The check of the token, and the user. */
export const me: FloorHandler = async ({ db, tokenCheck }, { authorization }) => {
  const userId = await tokenCheck.userOf(authorization?.slice("Bearer ".length) ?? "");
  if (userId === undefined) return { status: 401 };
  const { rows } = await db.query<UserRow>({ ...findUser, values: [userId] });
  const [user] = rows;
  return user === undefined ? { status: 404 } : { status: 200, output: toUser(user) };
};
