import { newAccount, registerAccount } from "../account.ts";
import type { ScriptWriter } from "./script.ts";

/** Registers somebody new each time. */
export const register: ScriptWriter = async (server) => {
  await registerAccount(server);
  return { next: () => ({ procedure: "auth.register", input: newAccount() }) };
};
