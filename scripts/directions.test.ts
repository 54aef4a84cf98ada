import { expect, test } from "vitest";
import { rules, slices } from "./directions/rules.ts";
import { findViolations, readTree } from "./directions.ts";

const server = "packages/server/src";

/** The files that each rule must refuse, and files beside them that it must let pass. */
const cases: Record<string, { refused: [string, string][]; allowed: [string, string][] }> = {
  "packages never import apps": {
    refused: [
      [`${server}/gatehouse.ts`, 'import "@gatehouse/api";'],
      [`${server}/user/service.test.ts`, 'import type { App } from "../../../../apps/api/src/main.ts";'],
    ],
    allowed: [["apps/api/src/main.ts", 'import { createGatehouse } from "@gatehouse/server";']],
  },
  "the client knows the server by its types": {
    refused: [
      ["packages/client/src/client.ts", 'import { errorRegistry } from "@gatehouse/server";'],
      ["packages/client/src/client.ts", 'export { AppRouter } from "../../server/src/api.ts";'],
    ],
    allowed: [["packages/client/src/client.ts", 'import type { AppRouter } from "@gatehouse/server/api";']],
  },
  "tRPC at the edge": {
    refused: [[`${server}/user/service.ts`, 'import type { TRPCError } from "@trpc/server";']],
    allowed: [
      [`${server}/user/router.ts`, 'import type { TRPCRouterRecord } from "@trpc/server";'],
      [`${server}/rpc/procedures.ts`, 'import { initTRPC } from "@trpc/server";'],
      [`${server}/http/rpc.ts`, 'import { fastifyTRPCPlugin } from "@trpc/server/adapters/fastify";'],
    ],
  },
  "Fastify in http/": {
    refused: [
      [`${server}/rpc/context.ts`, 'import type { FastifyRequest } from "fastify";'],
      [`${server}/auth/router.ts`, 'import cookie from "@fastify/cookie";'],
    ],
    allowed: [[`${server}/http/app.ts`, 'import fastify from "fastify";']],
  },
  "Fastify by type in gatehouse.ts": {
    refused: [[`${server}/gatehouse.ts`, 'import fastify from "fastify";']],
    allowed: [[`${server}/gatehouse.ts`, 'import type { FastifyInstance } from "fastify";']],
  },
  "SQL in stores": {
    refused: [
      [`${server}/user/service.ts`, 'import { sql } from "kysely";'],
      [`${server}/gatehouse.ts`, 'import { Pool } from "pg";'],
      ["apps/api/src/item/router.ts", 'import { PGlite } from "@electric-sql/pglite";'],
    ],
    allowed: [
      [`${server}/user/store.ts`, 'import { sql } from "kysely";'],
      [`${server}/database/migrate.ts`, 'import { Migrator } from "kysely/migration";'],
    ],
  },
  "the queue's library in jobs/": {
    refused: [
      [`${server}/user/service.ts`, 'import { PgBoss } from "pg-boss";'],
      ["apps/api/src/item/store.ts", 'import { fromKysely } from "pg-boss";'],
    ],
    allowed: [
      [`${server}/jobs/boss.ts`, 'import { PgBoss } from "pg-boss";'],
      [`${server}/database/migrations/0007-jobs.ts`, 'import { getConstructionPlans } from "pg-boss";'],
    ],
  },
  "settings from config.ts": {
    refused: [
      [`${server}/http/app.ts`, "const port = process.env.PORT;"],
      [`${server}/http/app.ts`, 'const port = process["env"].PORT;'],
      ["apps/api/src/main.ts", 'import { env } from "node:process";'],
    ],
    allowed: [
      [`${server}/config.ts`, "const port = process.env.PORT;"],
      [`${server}/http/app.ts`, "// process.env is read by config.ts"],
    ],
  },
  "a router is mounted by the slice around it": {
    refused: [
      [`${server}/auth/service.ts`, 'import { userRouter } from "../user/router.ts";'],
      [`${server}/gatehouse.ts`, 'import type { userRouter } from "./user/router.ts";'],
    ],
    allowed: [
      [`${server}/auth/router.ts`, 'import { emailRouter } from "./email/router.ts";'],
      [`${server}/app-router.ts`, 'import { userRouter } from "./user/router.ts";'],
      [`${server}/auth/service.ts`, 'import { getUser } from "../user/service.ts";'],
    ],
  },
  "another slice's store is read, locked or emptied": {
    refused: [
      [`${server}/gatehouse.ts`, 'import { insertUser } from "./user/store.ts";'],
      [`${server}/auth/service.ts`, 'import { findUser, changeUser as change } from "../user/store.ts";'],
      [`${server}/device/service.ts`, 'export { putThrottle } from "../auth/notice/throttle-store.ts";'],
    ],
    allowed: [
      [`${server}/user/service.ts`, 'import { insertUser } from "./store.ts";'],
      [`${server}/auth/service.ts`, 'import type { UserRow } from "../user/store.ts";'],
      [`${server}/auth/service.ts`, 'import { emailExists, lockUser, type UserRow } from "../user/store.ts";'],
      [`${server}/purge-expired.ts`, 'import { deleteEndedSessions } from "./auth/session/store.ts";'],
    ],
  },
  "what slices build on knows no slice": {
    refused: [
      [`${server}/picture/pictures.ts`, 'import { findUser } from "../user/store.ts";'],
      [`${server}/outbound/outbound.ts`, 'import type { WebhookEvent } from "../webhook/event-types.ts";'],
    ],
    allowed: [
      [`${server}/picture/pictures.ts`, 'import type { Config } from "../config.ts";'],
      [`${server}/user/avatar/service.ts`, 'import type { Pictures } from "../../picture/pictures.ts";'],
    ],
  },
  "router → service → store": {
    refused: [
      [`${server}/user/router.ts`, 'import { insertUser } from "./store.ts";'],
      [`${server}/user/service.ts`, 'import { userRouter } from "./router.ts";'],
      [`${server}/user/store.ts`, 'import { updateUser } from "./service.ts";'],
    ],
    allowed: [[`${server}/user/router.ts`, 'import { updateUser } from "./service.ts";']],
  },
};

const rulesBroken = (path: string, source: string) =>
  findViolations(new Map([[path, source]])).map((violation) => violation.rule);

test("every folder and file that a rule names exists", () => {
  const paths = [...readTree().keys()];
  const missing = rules.flatMap(({ name, files, except = [] }) => {
    const concerned = paths.filter((path) => files.test(path));
    const unmatched = except.filter((pattern) => !concerned.some((path) => pattern.test(path)));
    return [...(concerned.length === 0 ? [files] : []), ...unmatched].map((pattern) => `${name}: ${pattern}`);
  });
  const missingSlices = slices.filter((slice) => !paths.some((path) => path.startsWith(`${server}/${slice}/`)));
  expect({ missing, missingSlices }).toEqual({ missing: [], missingSlices: [] });
});

test("every rule has a case", () => {
  expect(Object.keys(cases)).toEqual(rules.map((rule) => rule.name));
});

test.each(Object.entries(cases).flatMap(([rule, { refused }]) => refused.map((file) => [rule, ...file] as const)))(
  "%s: %s may not import %s",
  (rule, path, source) => {
    expect(rulesBroken(path, source)).toContain(rule);
  },
);

test.each(Object.entries(cases).flatMap(([rule, { allowed }]) => allowed.map((file) => [rule, ...file] as const)))(
  "%s: %s may import %s",
  (_rule, path, source) => {
    expect(rulesBroken(path, source)).toEqual([]);
  },
);

test("a violation is reported at the line of the specifier, also in imports of several lines and below comments", () => {
  const source = '/**\n * import "kysely";\n */\nimport {\n  sql,\n} from "kysely";\n';
  const [violation, ...others] = findViolations(new Map([[`${server}/user/service.ts`, source]]));
  expect(violation).toMatchObject({ path: `${server}/user/service.ts`, line: 6, rule: "SQL in stores" });
  expect(others).toEqual([]);
});

test("a dynamic import counts as an import", () => {
  const source = 'const { sql } = await import("kysely");';
  expect(rulesBroken(`${server}/user/service.ts`, source)).toEqual(["SQL in stores"]);
});
