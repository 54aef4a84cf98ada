import { signIn, tokensOf } from "../account.ts";
import type { ScriptWriter } from "./script.ts";

/** Refreshes one session, each time with the token of the last answer. */
export const refresh: ScriptWriter = async (server, account) => {
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
