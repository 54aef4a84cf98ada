import { signIn } from "../account.ts";
import type { Call } from "../protocols/call.ts";
import { callOnce } from "../server.ts";
import type { ScriptWriter } from "./script.ts";

/** Calls what does nothing, in one session. */
export const signedIn: ScriptWriter = async (server, account) => {
  const { accessToken } = await signIn(server, await account());
  const call: Call = { procedure: "benchmark.signedIn", accessToken };
  if ((await callOnce(server, call)) !== "yes") throw new Error("benchmark.signedIn answered with something else");
  return { repeat: [call] };
};
