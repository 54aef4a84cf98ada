import { randomBytes } from "node:crypto";
import { describe, expect, test } from "vitest";
import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { allOperations } from "../support/calls.ts";
import { runGatehouse } from "../support/command-line.ts";
import { listProcedures } from "../support/procedures.ts";

const environment = {
  NODE_ENV: "test",
  DATABASE_URL: "postgres://127.0.0.1:1/nowhere",
  ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
};

const routes = (...args: readonly string[]) => runGatehouse(["routes", ...args], { environment });

interface Listed {
  readonly procedure: string;
  readonly rest: { readonly method: string; readonly path: string } | null;
}

describe("gatehouse routes", () => {
  test("lists every procedure once, with the REST address at which it is served", async () => {
    const { code, stdout } = await routes("--json");
    const listed: readonly Listed[] = JSON.parse(stdout);
    expect(code).toBe(0);
    expect(listed.map(({ procedure }) => procedure)).toEqual(
      listProcedures(createAppRouter({})).map(({ procedure }) => procedure),
    );
    const served = Object.fromEntries(
      allOperations.map(({ procedure, rest: { method, path } }) => [procedure, { method, path }]),
    );
    for (const { procedure, rest } of listed) expect([procedure, rest]).toEqual([procedure, served[procedure] ?? null]);
  });

  test("says who may call, with which scope, and how often with the settings", async () => {
    const changed = { ...environment, LIMIT_LOGINS_PER_IP_PER_MINUTE: "7", LIMIT_RECOVERIES_PER_IP_PER_HOUR: "0" };
    const { stdout } = await runGatehouse(["routes"], { environment: changed });
    const cells = new Map(stdout.split("\n").map((line) => [line.trim().split(" ")[0], line.trim().split(/ {2,}/)]));
    expect(cells.get("ping")).toEqual(["ping", "GET /v1/ping", "anyone"]);
    expect(cells.get("auth.login")).toEqual(["auth.login", "POST /v1/auth/login", "anyone", "7/min per address"]);
    expect(cells.get("auth.magicLink.send")?.at(-1)).toBe("no limit per address");
    expect(cells.get("auth.token")?.[2]).toBe("HTTP Basic");
    expect(cells.get("user.me")?.slice(2)).toEqual(["user", "profile:read"]);
    expect(cells.get("auth.apiKeys.list")?.slice(2)).toEqual(["user, step-up"]);
    expect(cells.get("role.list")?.slice(2, 4)).toEqual(["user with role:read", "role:read"]);
    expect(cells.get("auth.onSessionChange")?.[1]).toBe("RPC only, subscription");
    expect(cells.get("auth.register")?.at(-1)).toMatch(
      /^\d+\/h per address \(auth.register\), \d+\/h per address \(.+\)$/,
    );
  });

  test("filters by a text in any column, in upper or lower case", async () => {
    const { stdout } = await routes("step-up", "--json");
    const listed: readonly Listed[] = JSON.parse(stdout);
    expect(listed.map(({ procedure }) => procedure)).toEqual(
      listProcedures(createAppRouter({}))
        .filter(({ meta }) => meta.stepUp === "required")
        .map(({ procedure }) => procedure),
    );
    expect((await routes("patch")).stdout).toContain("user.update");
    expect(await routes("nowhere-to-be-found")).toEqual({
      code: 1,
      stdout: "",
      stderr: 'No procedure has "nowhere-to-be-found" in a column. Try a shorter text.\n',
    });
  });

  test("reports wrong settings in a sentence", async () => {
    const { code, stderr } = await runGatehouse(["routes"], { environment: { ...environment, PORT: "many" } });
    expect([code, stderr]).toEqual([1, expect.stringContaining("PORT: not valid")]);
  });
});
