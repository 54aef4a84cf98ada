// Gatehouse as it is run in production, without routers of an app. Its log goes to its standard output: a file.
import { setTimeout as sleep } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { createGatehouse, type Gatehouse, GatehouseError, loadConfig } from "@gatehouse/server";
import { serveParent } from "../processes/serve-parent.ts";

/** The environment that Gatehouse reads its configuration from. */
export type GatehouseEnvironment = Readonly<Record<string, string>>;

/** The interval at which a place that is in use is tried again, in milliseconds. */
const pollMillis = 10;

/** The questions of this process. */
export interface GatehouseAnswers {
  /** Collects garbage, so that the memory that remains is held. Only a run that measures memory asks for it. */
  collectGarbage(): void;
  /**
   * Takes all places of calls that hash, or gives them back. While they are taken, each login is refused. Resolves when the
   * logins that are running have given their places up.
   */
  setHashingPlaces(places: "taken" | "free"): Promise<void>;
  /** A cursor of a list, which this server takes for the page behind the position. */
  encodeCursor(place: CursorPlace): string;
}

/** A place in a list. */
interface CursorPlace {
  /** The name of the list, with its order and its filter. */
  readonly list: string;
  readonly position: string;
}

serveParent(async (environment: GatehouseEnvironment) => {
  const gatehouse = await createGatehouse({ config: loadConfig(environment), routers: {} });
  const answers: GatehouseAnswers = {
    collectGarbage,
    setHashingPlaces: createPlaces(gatehouse.deps),
    encodeCursor: ({ list, position }) => gatehouse.deps.cursors.encode(list, position),
  };
  return { ready: await gatehouse.listen(), answers: { ...answers }, stop: () => gatehouse.close() };
});

function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  collect();
}

function createPlaces({ config, passwords }: Gatehouse["deps"]): GatehouseAnswers["setHashingPlaces"] {
  const { concurrency, maxWaiting } = config.passwordHashing;
  const taken: Disposable[] = [];
  return async (places) => {
    if (places === "free") for (const place of taken.splice(0)) place[Symbol.dispose]();
    while (places === "taken" && taken.length < concurrency + maxWaiting) {
      const place = admitIfFree(passwords);
      if (place === undefined) await sleep(pollMillis);
      else taken.push(place);
    }
  };
}

function admitIfFree(passwords: Gatehouse["deps"]["passwords"]): Disposable | undefined {
  try {
    return passwords.admit();
  } catch (error) {
    if (error instanceof GatehouseError) return undefined;
    throw error;
  }
}
