import type { ProtocolName } from "../load/protocols/protocols.ts";
import type { Contestant } from "../measurement.ts";
import type { Child } from "../processes/child.ts";
import type { SignedInAnswers } from "./gatehouse-signed-in.ts";
import type { LoadChild } from "./start-process.ts";
import { underLoad } from "./under-load.ts";

/** A server for the signed-in. */
export type SignedInChild = Child<string, SignedInAnswers>;

interface CheckingServer {
  /** The same for both: two processes of one program may differ by more than the check costs. */
  readonly server: SignedInChild;
  readonly check: "on" | "off";
  readonly load: LoadChild;
  readonly protocol: ProtocolName;
}

/** A server that asks at each call whether its session has ended, or does not. */
export function withCheck({ server, check, load, protocol }: CheckingServer): Contestant {
  const contestant = underLoad({ server, load, protocol });
  return {
    async measure(action, seconds) {
      await server.ask("setRevocationCheck", check);
      return await contestant.measure(action, seconds);
    },
  };
}
