import type { Call } from "../protocols/call.ts";
import { callOnce } from "../server.ts";
import type { ScriptWriter } from "./script.ts";

/** Calls a procedure that does nothing. */
export const empty: ScriptWriter = async (server) => {
  const call: Call = { procedure: "empty" };
  const output = await callOnce(server, call);
  if (output !== "nothing") throw new Error(`The empty procedure answered with ${output}`);
  return { repeat: [call] };
};
