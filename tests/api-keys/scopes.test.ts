import { authedProcedure, permissionProcedure, scopedProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { giveRoles, registerWithRoles } from "../support/administrators.ts";
import { askForApiKey, makeApiKey, readProfile } from "../support/api-keys.ts";
import { type Operation, operations, transports } from "../support/calls.ts";
import { linkDevice, newInstallationId, unlinkDevice } from "../support/devices.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { expectRefusal } from "../support/refusal.ts";
import { type Account, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { readTables } from "../support/table-contents.ts";

/** What an app might mount: who calls, and what an administrator alone may do. */
const routers = {
  things: {
    caller: scopedProcedure("things:read")
      .meta({ openapi: { method: "GET", path: "/v1/things/caller", tags: ["Things"], summary: "Who calls" } })
      .input(z.void())
      .output(z.object({ userId: z.string(), by: z.string() }))
      .query(({ ctx: { actor } }) => ({
        userId: actor.userPublicId,
        by: "session" in actor ? `session ${actor.session.public_id}` : `key ${actor.apiKey.publicId}`,
      })),
    rule: permissionProcedure("things:rule")
      .meta({ openapi: { method: "POST", path: "/v1/things/rule", tags: ["Things"], summary: "Rule" } })
      .input(z.void())
      .output(z.void())
      .mutation(() => undefined),
    overRpcAlone: scopedProcedure("things:rpc")
      .input(z.void())
      .output(z.void())
      .query(() => undefined),
    limited: scopedProcedure("things:read")
      .meta({
        openapi: { method: "GET", path: "/v1/things/limited", tags: ["Things"], summary: "Twice a minute" },
        limits: [{ name: "test.things", per: "user", max: 2, windowSeconds: 60 }],
      })
      .input(z.void())
      .output(z.void())
      .query(() => undefined),
  },
};

/** Those that are not permissions, which take a role too. */
const everyScope = ["device:read", "device:write", "profile:read", "profile:write"];

const takesSession = (operation: Operation) =>
  operation.meta.security === "bearer" && operation.meta.scope === undefined;

/** A valid input is not needed: who may not call is told so before anybody looks at it. */
const pathOf = ({ pathParameters, takesInput }: Operation) =>
  takesInput ? Object.fromEntries(pathParameters.map((name) => [name, newInstallationId()])) : undefined;

const shared = shareGatehouse();
const sharedApp = shareGatehouse({ routers, environment: { DOCS: "on" } });

describe.each(transports)("a key over $name", (transport) => {
  test("may call procedures of its scope, and elsewhere learns the missing scope", async () => {
    const server = shared();
    const ada = await registerProven(server);
    for (const scope of everyScope) {
      const { secret } = await makeApiKey(server.url, ada, { scopes: [scope] });
      const headers = { authorization: `Bearer ${secret}` };
      for (const operation of operations.filter(({ meta }) => meta.scope !== undefined)) {
        const answer = await transport.send(server.url, operation, pathOf(operation), headers);
        const isItsScope = operation.meta.scope === scope;
        expect([operation.procedure, scope, answer.status !== 403]).toEqual([operation.procedure, scope, isItsScope]);
        if (isItsScope) continue;
        expectRefusal(transport, answer);
        expect([answer.code, answer.headers.get("www-authenticate")]).toEqual([
          "INSUFFICIENT_SCOPE",
          `Bearer realm="gatehouse", error="insufficient_scope", scope="${operation.meta.scope}"`,
        ]);
      }
    }
  });

  test("cannot touch sessions, credentials or keys with any scope, and changes nothing by trying", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada, { scopes: everyScope });
    const before = await readTables(server.database);
    const procedures = operations.filter(takesSession);
    expect(procedures.map(({ procedure }) => procedure)).toEqual(
      expect.arrayContaining([
        "auth.apiKeys.create",
        "auth.apiKeys.list",
        "auth.apiKeys.revoke",
        "auth.email.change",
        "auth.logout",
        "auth.logoutAll",
        "auth.password.change",
        "auth.phone.sendCode",
        "auth.status",
        "device.link",
      ]),
    );
    for (const operation of procedures) {
      const headers = { authorization: `Bearer ${secret}` };
      const answer = await transport.send(server.url, operation, pathOf(operation), headers);
      expectRefusal(transport, answer);
      expect([operation.procedure, answer.status, answer.code, answer.headers.get("www-authenticate")]).toEqual([
        operation.procedure,
        403,
        "INSUFFICIENT_SCOPE",
        'Bearer realm="gatehouse", error="insufficient_scope"',
      ]);
    }
    expect(await readTables(server.database)).toEqual(before);
  });
});

describe("a scope", () => {
  test("that no procedure requires is refused, and the answer lists those that exist, the app's own included", async () => {
    const server = sharedApp();
    const ada = await registerProven(server);
    const { status, body } = await askForApiKey(server.url, ada, {
      scopes: ["profile:read", "user:erase", "__proto__"],
    });
    const message = expect.stringMatching(
      /^Must be one of: (.+, )?device:read, .*profile:read, .*things:rpc, things:rule/,
    );
    expect([status, body.code, body.errors]).toEqual([
      400,
      "INVALID_INPUT",
      [
        { path: "scopes.1", message },
        { path: "scopes.2", message },
      ],
    ]);
  });

  test("of the app's own lets a key call the app's procedure, which knows the caller", async () => {
    const server = sharedApp();
    const ada = await registerProven(server);
    const { id, secret } = await makeApiKey(server.url, ada, { scopes: ["things:read"] });
    const byKey = await rest(server.url, "/v1/things/caller", { token: secret });
    expect(byKey.body).toEqual({ userId: ada.userId, by: `key ${id}` });
    const bySession = await rest(server.url, "/v1/things/caller", { token: ada.accessToken });
    expect(bySession.body).toEqual({ userId: ada.userId, by: expect.stringMatching(/^session [0-9a-f-]{36}$/) });
    expect((await readProfile(server.url, secret)).status).toBe(403);
  });

  test("gives no role: a key has its user's roles at the time of the call", async () => {
    const server = sharedApp();
    const ada = await registerProven(server);
    // Besides the last administrator, who would stay.
    await registerWithRoles(server);
    await giveRoles(server, ada.userId, ["admin"]);
    const { secret } = await makeApiKey(server.url, ada, { scopes: ["things:rule"] });
    const rule = () => rest(server.url, "/v1/things/rule", { method: "POST", token: secret });
    await giveRoles(server, ada.userId, []);
    expect((await rule()).body.code).toBe("FORBIDDEN");
    const refused = await askForApiKey(server.url, ada, { scopes: ["things:rule"] });
    expect([refused.status, refused.body.code]).toEqual([403, "FORBIDDEN"]);
    await giveRoles(server, ada.userId, ["admin"]);
    expect((await rule()).status).toBe(204);
    const { secret: other } = await makeApiKey(server.url, ada, { scopes: ["things:read"] });
    const withoutScope = await rest(server.url, "/v1/things/rule", { method: "POST", token: other });
    expect(withoutScope.body.code).toBe("INSUFFICIENT_SCOPE");
    await giveRoles(server, ada.userId, []);
    expect((await rule()).body.code).toBe("FORBIDDEN");
  });

  test("that cannot stand in a header keeps the server from starting", async () => {
    const wrong = scopedProcedure('a "b')
      .input(z.void())
      .output(z.void())
      .query(() => undefined);
    await expect(startGatehouse({ routers: { wrong }, environment: { DOCS: "on" } })).rejects.toThrow(
      /"a "b" is not a scope/,
    );
  });

  test("is in the OpenAPI document beside the session, and absent where a procedure requires none", async () => {
    const server = sharedApp();
    const { paths, components } = (await rest(server.url, "/openapi.json")).body;
    const session = [{ bearer: [] }, { cookie: [] }];
    expect(components.securitySchemes.apiKey).toMatchObject({ type: "http", scheme: "bearer" });
    expect(paths["/v1/users/me"].patch.security).toEqual([...session, { apiKey: ["profile:write"] }]);
    expect(paths["/v1/things/caller"].get.security).toEqual([...session, { apiKey: ["things:read"] }]);
    expect(paths["/v1/auth/api-keys"].post.security).toEqual(session);
    expect(paths["/v1/users/me"].get.responses["403"].description).toContain("INSUFFICIENT_SCOPE");
  });
});

describe("a machine", () => {
  test("reads and changes only its user's data", async () => {
    const server = shared();
    const [ada, bob] = [await registerProven(server), await registerProven(server)];
    const device = async (account: Account) => {
      const installationId = newInstallationId();
      await linkDevice(server.url, account, { installationId });
      return installationId;
    };
    const [adas, bobs] = [await device(ada), await device(bob)];
    const { secret } = await makeApiKey(server.url, ada, { scopes: everyScope });
    const machine = { accessToken: secret };
    const { body: devices } = await rest(server.url, "/v1/devices", { token: secret });
    expect(devices.items.map(({ installationId }: { installationId: string }) => installationId)).toEqual([adas]);
    expect((await unlinkDevice(server.url, machine, bobs)).status).toBe(404);
    expect((await unlinkDevice(server.url, machine, adas)).status).toBe(204);
    const update = { method: "PATCH", token: secret, body: { givenName: "Ada" } };
    expect((await rest(server.url, "/v1/users/me", update)).body).toMatchObject({ id: ada.userId, givenName: "Ada" });
    for (const name of ["userId", "id", "sub", "owner"]) {
      const told = { method: "PATCH", token: secret, body: { givenName: "Eve", [name]: bob.userId } };
      expect((await rest(server.url, "/v1/users/me", told)).status).toBe(400);
    }
    const { body: bobsProfile } = await rest(server.url, "/v1/users/me", { token: bob.accessToken });
    expect(bobsProfile.givenName).toBeNull();
  });

  test("shares the limits of its user", async () => {
    const server = sharedApp();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada, { scopes: ["things:read"] });
    const statuses: number[] = [];
    for (const token of [secret, ada.accessToken, secret]) {
      statuses.push((await rest(server.url, "/v1/things/limited", { token })).status);
    }
    expect(statuses).toEqual([204, 204, 429]);
  });

  test("counts among the calls of its address", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_CALLS_PER_IP_PER_MINUTE: "4" } });
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const statuses = [await readProfile(server.url, secret), await readProfile(server.url, secret)];
    expect(statuses.map(({ status }) => status)).toEqual([200, 429]);
  });
});

test("an app's procedure for people alone has an actor with a session, by its type", () => {
  authedProcedure.query(({ ctx }) => ctx.actor.session.public_id);
  // @ts-expect-error a machine has none
  scopedProcedure("things:read").query(({ ctx }) => ctx.actor.session.public_id);
  scopedProcedure("things:read").query(({ ctx }) => ctx.actor.userPublicId);
});
