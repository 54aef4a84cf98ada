// The callers, in a process of their own and the same one for all, so that no server pays for them.
import type { ActionName } from "../cases.ts";
import { serveParent } from "../processes/serve-parent.ts";
import { type Account, registerAccount } from "./account.ts";
import { fire, type LoadLength, type LoadResult } from "./fire.ts";
import { empty } from "./scripts/empty.ts";
import { login } from "./scripts/login.ts";
import { me } from "./scripts/me.ts";
import { refresh } from "./scripts/refresh.ts";
import { register } from "./scripts/register.ts";
import type { Script, ScriptWriter } from "./scripts/script.ts";
import { signedIn } from "./scripts/signed-in.ts";
import { thing } from "./scripts/thing.ts";
import type { ServerAddress } from "./server.ts";

/** What is to be called, and where. */
export interface LoadOrder {
  readonly server: ServerAddress;
  readonly action: ActionName;
}

/** What the process answers. */
export interface LoadAnswers {
  /** Signs everybody in, so that this is not part of what is measured. */
  prepare(order: LoadOrder): Promise<void>;
  /** Carries out what was prepared. */
  run(length: LoadLength): Promise<LoadResult>;
}

const writers: Readonly<Record<ActionName, ScriptWriter>> = {
  register,
  login,
  refresh,
  me,
  "signed-in": signedIn,
  storm: me,
  proxied: me,
  empty,
  thing,
};

serveParent(async ({ connections }: { readonly connections: number }) => ({
  ready: undefined,
  answers: { ...createLoad(connections) },
}));

function createLoad(connections: number): LoadAnswers {
  const accountsOf = rememberAccounts(connections);
  let prepared: { readonly server: ServerAddress; readonly scripts: readonly Script[] } | undefined;
  return {
    async prepare({ server, action }) {
      const writing = accountsOf(server).map((account) => writers[action](server, account));
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
