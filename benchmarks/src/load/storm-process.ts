// A storm of logins, in a process of its own: the load process calls the same server for users who are signed in.
import { serveParent } from "../processes/serve-parent.ts";
import { registerAccount } from "./account.ts";
import { type HttpRequest, type Protocol, protocols, type ServerAddress } from "./protocols.ts";
import { type Storm, type StormProgress, type StormResult, startStorm } from "./storm.ts";

/** The server that the storm hits, and logins a second. */
export interface StormOrder {
  readonly server: ServerAddress;
  readonly perSecond: number;
}

/** The questions of this process. */
export interface StormAnswers {
  /** Resolves when the server refuses a login for the first time: from then on it gets more than it can do. */
  begin(order: StormOrder): Promise<void>;
  progress(): StormProgress;
  end(): Promise<StormResult>;
}

/** Users who sign in, all with the right password: a login is refused only because there are too many. */
const users = 10;

serveParent(async () => ({ ready: undefined, answers: { ...createStorm() } }));

function createStorm(): StormAnswers {
  const logins = new Map<string, readonly HttpRequest[]>();
  let storm: Storm | undefined;
  const current = () => {
    if (storm === undefined) throw new Error("There is no storm");
    return storm;
  };
  return {
    async begin({ server, perSecond }) {
      const requests = logins.get(server.url) ?? (await prepareLogins(server));
      logins.set(server.url, requests);
      storm = startStorm({ url: server.url, requests, perSecond });
      await storm.refused;
    },
    progress: () => current().progress(),
    end: () => current().stop(),
  };
}

async function prepareLogins(server: ServerAddress): Promise<readonly HttpRequest[]> {
  const protocol: Protocol = protocols[server.protocol];
  const accounts = await Promise.all(Array.from({ length: users }, () => registerAccount(server)));
  return accounts.map(({ email, password }) =>
    protocol.toRequest({ procedure: "auth.login", input: { identifier: email, password } }),
  );
}
