import type { Contestant } from "../measurement.ts";
import type { ChildSurroundings } from "../processes/child.ts";
import { alone } from "./alone.ts";
import { type ContestantName, contestants } from "./contestants.ts";
import type { ServerName } from "./servers.ts";
import type { ServerSettings } from "./settings.ts";
import { type ServerChild, startArgon2, startLoad, startServer } from "./start-process.ts";
import { underLoad } from "./under-load.ts";

/** Everybody who is measured; disposing of them stops their processes. */
export interface Contestants extends AsyncDisposable {
  /** Throws where nobody of this name was started. */
  get(name: ContestantName): Contestant;
}

interface StartOptions extends ChildSurroundings {
  readonly settings: ServerSettings;
  /** Who takes part. */
  readonly names: ReadonlySet<ContestantName>;
}

/** Starts every contestant, and the load, each in a process of its own. */
export async function startContestants({ settings, names, ...surroundings }: StartOptions): Promise<Contestants> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(await startLoad(surroundings));
  const servers = new Map<ServerName, ServerChild>();
  const byName = new Map<ContestantName, Contestant>();
  const serverOf = async (name: ServerName) => {
    const server = servers.get(name) ?? stack.use(await startServer(surroundings, settings, name));
    servers.set(name, server);
    return server;
  };
  for (const name of names) {
    const contestant = contestants[name];
    byName.set(
      name,
      "server" in contestant
        ? underLoad({ server: await serverOf(contestant.server), load, protocol: contestant.protocol })
        : alone(stack.use(await startArgon2(surroundings, settings.hashing))),
    );
  }
  const owned = stack.move();
  return {
    get(name) {
      const contestant = byName.get(name);
      if (contestant === undefined) throw new Error(`${name} was not started`);
      return contestant;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
