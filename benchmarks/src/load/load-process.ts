// The load generator: one process for all servers, so that none pays for its callers.
import { serveParent } from "../processes/serve-parent.ts";
import { type Account, registerAccount } from "./account.ts";
import { fire, type LoadLength, type LoadResult } from "./fire.ts";
import type { ServerAddress } from "./protocols.ts";
import { type ActionName, type Script, scriptWriters } from "./scripts.ts";

/** The calls to prepare, and the server that gets them. */
export interface LoadOrder {
  readonly server: ServerAddress;
  readonly action: ActionName;
}

/** The questions of this process. */
export interface LoadAnswers {
  /** Signs in and writes the scripts, outside the measured time. */
  prepare(order: LoadOrder): Promise<void>;
  /** Puts the server under the load that was prepared. */
  run(length: LoadLength): Promise<LoadResult>;
}

serveParent(async ({ connections }: { readonly connections: number }) => ({
  ready: undefined,
  answers: { ...createLoad(connections) },
}));

function createLoad(connections: number): LoadAnswers {
  const accountsOf = rememberAccounts(connections);
  let prepared: { readonly server: ServerAddress; readonly scripts: readonly Script[] } | undefined;
  return {
    async prepare({ server, action }) {
      const writing = accountsOf(server).map((account) => scriptWriters[action](server, account));
      prepared = { server, scripts: await Promise.all(writing) };
    },
    async run(length) {
      if (prepared === undefined) throw new Error("Nothing was prepared");
      return await fire({ ...prepared, length });
    },
  };
}

/** As many accounts as connections at each server; each is registered when it is first asked for. */
function rememberAccounts(connections: number): (server: ServerAddress) => readonly (() => Promise<Account>)[] {
  const registered = new Map<string, Promise<Account>>();
  return (server) =>
    Array.from({ length: connections }, (_, index) => () => {
      const key = `${server.url} ${index}`;
      const account = registered.get(key) ?? registerAccount(server);
      registered.set(key, account);
      return account;
    });
}
