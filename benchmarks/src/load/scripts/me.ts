import { signIn } from "../account.ts";
import type { Call } from "../protocols/call.ts";
import { callOnce } from "../server.ts";
import type { ScriptWriter } from "./script.ts";

/** Asks who is signed in, in one session. */
export const me: ScriptWriter = async (server, account) => {
  const owner = await account();
  const { accessToken } = await signIn(server, owner);
  const call: Call = { procedure: "user.me", accessToken };
  const { email } = (await callOnce(server, call)) as { email?: string };
  if (email !== owner.email) throw new Error("user.me answered with somebody else");
  return { repeat: [call] };
};
