import type { FloorSettings } from "./floor/settings.ts";
import type { ServerSettings } from "./settings.ts";

interface Server {
  readonly module: URL;
  /** What of the settings the module takes. */
  readonly input: (settings: ServerSettings) => unknown;
}

const nothing = () => undefined;

const toFloor = ({ databaseUrl, poolSize, hashing }: ServerSettings): FloorSettings => ({
  databaseUrl,
  poolSize,
  hashing,
});

/** The servers, each a process of its own. */
export const servers = {
  gatehouse: { module: new URL("./gatehouse.ts", import.meta.url), input: ({ environment }) => environment },
  "gatehouse-unnamed": {
    module: new URL("./gatehouse.ts", import.meta.url),
    input: ({ environment }) => ({ ...environment, DATABASE_PREPARED_STATEMENTS: "off" }),
  },
  "gatehouse-stock": {
    module: new URL("./gatehouse-on-stock.ts", import.meta.url),
    input: ({ environment }) => environment,
  },
  "by-hand": { module: new URL("./by-hand.ts", import.meta.url), input: toFloor },
  floor: { module: new URL("./floor.ts", import.meta.url), input: toFloor },
  "better-auth": {
    module: new URL("./better-auth.ts", import.meta.url),
    input: ({ peerDatabaseUrl, poolSize }) => ({ databaseUrl: peerDatabaseUrl, poolSize }),
  },
  adapter: { module: new URL("./adapter.ts", import.meta.url), input: nothing },
  "stock-adapter": { module: new URL("./stock-adapter.ts", import.meta.url), input: nothing },
  bridge: { module: new URL("./bridge.ts", import.meta.url), input: nothing },
  "trpc-to-openapi": { module: new URL("./trpc-to-openapi.ts", import.meta.url), input: nothing },
} as const satisfies Record<string, Server>;

/** A server by its name. */
export type ServerName = keyof typeof servers;
