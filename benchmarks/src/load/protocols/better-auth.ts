import { type Call, jsonRequest, type Protocol } from "./call.ts";

const addresses = {
  "auth.register": { method: "POST", path: "/api/auth/sign-up/email" },
  "auth.login": { method: "POST", path: "/api/auth/sign-in/email" },
  "user.me": { method: "GET", path: "/api/auth/get-session" },
} as const;

/** Its own origin, which it wants of whoever changes something. */
const origin = "http://127.0.0.1";

interface Credentials {
  readonly email?: string;
  /** An address, here. */
  readonly identifier?: string;
  readonly password: string;
}

/** better-auth's own HTTP API. Its one token is in a header of the answer, and here stands for both of Gatehouse's. */
export const betterAuth: Protocol = {
  toRequest(call) {
    const request = jsonRequest(addresses, withItsNames(call));
    return request.method === "GET" ? request : { ...request, headers: { ...request.headers, origin } };
  },
  toOutput(body, headers): unknown {
    const token = headers?.get("set-auth-token");
    if (token === null || token === undefined) return JSON.parse(body).user;
    return { session: { accessToken: token, refreshToken: token } };
  },
};

function withItsNames(call: Call): Call {
  if (call.input === undefined) return call;
  const { email, identifier, password } = call.input as Credentials;
  return { ...call, input: { name: "Ada", email: email ?? identifier, password } };
}
