import { jsonRequest, type Protocol } from "./call.ts";

const addresses = {
  "auth.register": { method: "POST", path: "/v1/auth/register" },
  "auth.login": { method: "POST", path: "/v1/auth/login" },
  "auth.refresh": { method: "POST", path: "/v1/auth/refresh" },
  "user.me": { method: "GET", path: "/v1/users/me" },
} as const;

/** Plain JSON over HTTP. */
export const rest: Protocol = {
  toRequest: (call) => jsonRequest(addresses, call),
  toOutput: (body): unknown => JSON.parse(body),
};
