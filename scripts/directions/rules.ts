// The directions of docs/architecture.md, with one rule in each row. Files are paths from the root of the repository.
import { posix } from "node:path";
import type { Import } from "./imports.ts";

/** A rule: files that must not have certain imports. */
export interface Rule {
  readonly name: string;
  readonly files: RegExp;
  readonly except?: readonly RegExp[];
  readonly forbids: (found: Import) => boolean;
  /** What to do instead, as the end of a sentence. */
  readonly why: string;
  /** Tests may import anything unless this is set. */
  readonly includesTests?: true;
}

const service = /^(packages\/server|apps\/api)\/src\//;

/** Every rule about imports, except that they form no cycle, which the linter sees to (`noImportCycles`). */
export const rules: readonly Rule[] = [
  {
    name: "packages never import apps",
    files: /^packages\//,
    forbids: (found) => specifier(/^@gatehouse\/api(\/|$)/)(found) || /^apps\//.test(found.target ?? ""),
    why: "an app depends on packages, not the other way round",
    includesTests: true,
  },
  {
    name: "the client knows the server by its types",
    files: /^packages\/client\//,
    forbids: (found) =>
      !found.isType &&
      (specifier(/^@gatehouse\/server(\/|$)/)(found) || /^packages\/server\//.test(found.target ?? "")),
    why: "use `import type`",
  },
  {
    name: "tRPC at the edge",
    files: service,
    except: [/\/src\/rpc\//, /\/src\/http\//, /\/src\/(app-router|api|gatehouse)\.ts$/, /\/router\.ts$/],
    forbids: specifier(/^@trpc\//),
    why: "only rpc/, http/, router.ts and what composes routers know tRPC",
  },
  {
    name: "Fastify in http/",
    files: service,
    except: [/\/src\/http\//, /\/src\/gatehouse\.ts$/],
    forbids: specifier(/^(fastify|@fastify\/.+)$/),
    why: "only http/ knows Fastify",
  },
  {
    name: "Fastify by type in gatehouse.ts",
    files: /^packages\/server\/src\/gatehouse\.ts$/,
    forbids: (found) => !found.isType && specifier(/^(fastify|@fastify\/.+)$/)(found),
    why: "http/ makes the server; use `import type`",
  },
  {
    name: "SQL in stores",
    files: service,
    except: [/\/src\/database\//, /\/store\.ts$/, /-store\.ts$/],
    forbids: specifier(/^(kysely|pg|@electric-sql\/pglite)(\/|$)/),
    why: "only database/ and store.ts know the database's libraries",
  },
  {
    name: "the queue's library in jobs/",
    files: service,
    except: [/\/src\/jobs\//, /\/src\/database\/migrations\//],
    forbids: specifier(/^pg-boss(\/|$)/),
    why: "services see JobQueue and defineJob of jobs/",
  },
  {
    name: "settings from config.ts",
    files: /^(packages|apps)\/[^/]+\/src\//,
    except: [/\/src\/config\.ts$/],
    forbids: specifier(/^process\.env$/),
    why: "only config.ts reads the environment",
  },
  {
    name: "a router is mounted by the slice around it",
    files: service,
    except: [/\/router\.ts$/, /\/app-router\.ts$/],
    forbids: (found) => isForeign(found) && room(found.target) === "router.ts",
    why: "import the other slice's service, by file",
  },
  {
    name: "another slice's store is read, locked or emptied",
    files: service,
    forbids: (found) =>
      isForeign(found) &&
      isStore(found.target) &&
      !isEventStore(found.target) &&
      found.names.some((name) => !spares(name)),
    why: "the other slice's service adds and changes its rows",
  },
  {
    name: "what slices build on knows no slice",
    files: /^packages\/server\/src\/(crypto|jobs|logging|outbound|picture|schema)\//,
    forbids: (found) => sliceOf(found.target) !== undefined,
    why: "a slice imports it, not the other way round",
  },
  {
    name: "router → service → store",
    files: /\/(service|store|router)\.ts$/,
    forbids: (found) => (above[room(found.path)] ?? []).includes(room(found.target)) && !isForeign(found),
    why: "a router calls its service, a service its store, never back or past it",
  },
];

/** The forbidden imports of each part of a slice. */
const above: Readonly<Record<string, readonly string[]>> = {
  "router.ts": ["store.ts"],
  "service.ts": ["router.ts"],
  "store.ts": ["service.ts", "router.ts"],
};

function specifier(pattern: RegExp): (found: Import) => boolean {
  return (found) => pattern.test(found.specifier);
}

/** The folders of `packages/server/src` that are slices; each folder in `auth` is a slice of its own. */
export const slices = [
  "auth",
  "user",
  "device",
  "role",
  "group",
  "audit",
  "webhook",
  "notification",
  "metrics",
] as const;

const slice = new RegExp(`^packages/server/src/(auth/[^/]+|${slices.join("|")})/`);

function sliceOf(path = ""): string | undefined {
  return slice.exec(path)?.[1];
}

/** The target belongs to another slice, which is not within the importing one. */
function isForeign(found: Import): boolean {
  const own = sliceOf(found.path);
  const other = sliceOf(found.target);
  return other !== undefined && other !== own && !other.startsWith(`${own}/`);
}

function isStore(path = ""): boolean {
  return /[-/]store\.ts$/.test(path);
}

/** A statement that makes a change may write its audit event too. */
function isEventStore(path = ""): boolean {
  return path.endsWith("/audit/event-store.ts");
}

/** Tells by its name whether a store's operation reads, locks or ends rows. */
function spares(name: string): boolean {
  return /^(find|list|lock|is|has|count|delete|drop|revoke)[A-Z]|Exists$/.test(name);
}

function room(path = ""): string {
  return posix.basename(path);
}
