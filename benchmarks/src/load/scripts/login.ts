import { signIn } from "../account.ts";
import type { ScriptWriter } from "./script.ts";

/** Signs the same user in each time, who gets as many sessions. */
export const login: ScriptWriter = async (server, account) => {
  const owner = await account();
  await signIn(server, owner);
  const input = { identifier: owner.email, password: owner.password };
  return { repeat: [{ procedure: "auth.login", input }] };
};
