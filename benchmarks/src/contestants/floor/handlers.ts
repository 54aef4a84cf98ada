import type { FloorHandler } from "./handler.ts";
import { login } from "./login.ts";
import { me } from "./me.ts";
import { refresh } from "./refresh.ts";
import { register } from "./register.ts";

/** The calls by hand, by method and path. */
export const handlers: Readonly<Record<string, FloorHandler>> = {
  "POST /v1/auth/register": register,
  "POST /v1/auth/login": login,
  "POST /v1/auth/refresh": refresh,
  "GET /v1/users/me": me,
};
