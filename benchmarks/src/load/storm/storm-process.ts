// Those who sign in all at once, in a process of their own: the load beside them is that of the signed-in.
import { serveParent } from "../../processes/serve-parent.ts";
import { registerAccount } from "../account.ts";
import type { HttpRequest, Protocol } from "../protocols/call.ts";
import { protocols } from "../protocols/protocols.ts";
import type { ServerAddress } from "../server.ts";
import { type Storm, type StormResult, startStorm } from "./storm.ts";

/** Where everybody signs in, and how many a second try. */
export interface StormOrder {
  readonly server: ServerAddress;
  readonly perSecond: number;
}

/** What the process answers. */
export interface StormAnswers {
  /** Resolves once more of them come than can be let in. */
  begin(order: StormOrder): Promise<void>;
  end(): Promise<StormResult>;
}

/** Users whose passwords are all right: none of them is refused for another reason than that there are so many. */
const users = 10;

serveParent(async () => ({ ready: undefined, answers: { ...createStorm() } }));

function createStorm(): StormAnswers {
  const logins = new Map<string, readonly HttpRequest[]>();
  let storm: Storm | undefined;
  return {
    async begin({ server, perSecond }) {
      const requests = logins.get(server.url) ?? (await prepareLogins(server));
      logins.set(server.url, requests);
      storm = startStorm({ url: server.url, requests, perSecond });
      await storm.refused;
    },
    async end() {
      if (storm === undefined) throw new Error("There is no storm");
      return await storm.stop();
    },
  };
}

async function prepareLogins(server: ServerAddress): Promise<readonly HttpRequest[]> {
  const protocol: Protocol = protocols[server.protocol];
  const accounts = await Promise.all(Array.from({ length: users }, () => registerAccount(server)));
  return accounts.map(({ email, password }) =>
    protocol.toRequest({ procedure: "auth.login", input: { identifier: email, password } }),
  );
}
