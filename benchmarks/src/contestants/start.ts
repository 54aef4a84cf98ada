import type { ChildSurroundings } from "../processes/child.ts";
import {
  type GatehouseChild,
  type LoadChild,
  type PeerName,
  type ServerChild,
  type ServerName,
  type SignedInChild,
  startArgon2,
  startBehindNginx,
  startGatehouse,
  startLoad,
  startPeer,
  startSignedIn,
  startStorm,
} from "./children.ts";
import { type ContestantEntry, type ContestantName, contestants } from "./contestants.ts";
import { inStorm } from "./in-storm.ts";
import { alone, type Contestant, type CpuClock, underLoad, withCheck } from "./measuring.ts";
import type { ServerSettings } from "./settings.ts";
import { withShares } from "./with-shares.ts";

/** The contestants of a run. Disposing of them stops their processes. */
export interface Contestants extends AsyncDisposable {
  /** Throws where no contestant of this name was started. */
  get(name: ContestantName): Contestant;
}

interface StartOptions extends ChildSurroundings {
  readonly settings: ServerSettings;
  /** The clock of the PostgreSQL that all contestants use. */
  readonly postgresCpu: CpuClock;
  /** The contestants that take part. */
  readonly names: ReadonlySet<ContestantName>;
}

/** Starts every contestant, and the load, each in a process of its own. */
export async function startContestants({
  settings,
  postgresCpu,
  names,
  ...surroundings
}: StartOptions): Promise<Contestants> {
  await using stack = new AsyncDisposableStack();
  const load = stack.use(await startLoad(surroundings));
  const starter = new Starter({ stack, surroundings, settings, load, postgresCpu });
  const byName = new Map<ContestantName, Contestant>();
  for (const name of names) byName.set(name, await starter.start(contestants[name]));
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

interface StarterOptions {
  /** Owns the processes. */
  readonly stack: AsyncDisposableStack;
  readonly surroundings: ChildSurroundings;
  readonly settings: ServerSettings;
  readonly load: LoadChild;
  readonly postgresCpu: CpuClock;
}

/** Starts contestants. Those that name the same server share it. */
class Starter {
  readonly #options: StarterOptions;
  readonly #peers = new Map<PeerName, ServerChild>();
  #gatehouse: GatehouseChild | undefined;
  #signedIn: SignedInChild | undefined;

  constructor(options: StarterOptions) {
    this.#options = options;
  }

  async start({
    server: name,
    protocol,
    besides,
    gatehouses,
    revocationCheck: check,
  }: ContestantEntry): Promise<Contestant> {
    const { stack, surroundings, settings, load, postgresCpu } = this.#options;
    if (protocol === undefined) return alone(stack.use(await startArgon2(surroundings, settings.hashing)));
    if (gatehouses !== undefined) {
      const { ready: url, ask } = stack.use(await startBehindNginx(surroundings, settings, gatehouses));
      return withShares({ url, partiesCpu: () => ask("partiesCpu"), load, protocol, postgresCpu });
    }
    if (check !== undefined) {
      this.#signedIn ??= stack.use(await startSignedIn(surroundings, settings));
      return withCheck({ server: this.#signedIn, check, load, protocol, postgresCpu });
    }
    if (name === undefined) throw new Error("A contestant has no server");
    if (besides !== undefined) {
      const server = await this.#sharedGatehouse();
      return inStorm({ server, load, storm: stack.use(await startStorm(surroundings)), protocol });
    }
    const server = await this.#serverOf(name);
    return underLoad({ server, load, protocol, postgresCpu });
  }

  async #sharedGatehouse(): Promise<GatehouseChild> {
    const { stack, surroundings, settings } = this.#options;
    this.#gatehouse ??= stack.use(await startGatehouse(surroundings, settings));
    return this.#gatehouse;
  }

  async #serverOf(name: ServerName): Promise<ServerChild> {
    if (name === "gatehouse") return await this.#sharedGatehouse();
    const { stack, surroundings, settings } = this.#options;
    const peer = this.#peers.get(name) ?? stack.use(await startPeer(surroundings, settings, name));
    this.#peers.set(name, peer);
    return peer;
  }
}
