import { describe, expect, test } from "vitest";
import { registerProvenAdmin } from "../support/administrators.ts";
import { operations, restTransport, rpcTransport } from "../support/calls.ts";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { startBeside } from "../support/server-pair.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { askForLink, maxAgeSeconds, openVault, refresh, routers, sudo, waitLong } from "./step-up.ts";

const shared = shareGatehouse({ routers, environment: { DOCS: "on" } });

describe("a procedure that requires a recent proof", () => {
  test("is open after a sign-in, up to the last second of the time", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    expect(await openVault(server, ada)).toMatchObject({ status: 200, body: { treasure: "gold" } });
    server.clock.advance(maxAgeSeconds - 1);
    expect((await openVault(server, ada)).status).toBe(200);
    const { accessToken } = await refresh(server, ada.refreshToken);
    server.clock.advance(1);
    expect((await openVault(server, { accessToken })).status).toBe(200);
    server.clock.advance(1);
    expect((await openVault(server, { accessToken })).body.code).toBe("STEP_UP_REQUIRED");
  });

  test("then names the accepted methods and the maximum age", async () => {
    const server = shared();
    const refused = await openVault(server, await waitLong(server, await registerProven(server)));
    expect(refused.status).toBe(403);
    expect(refused.headers.get("content-type")).toContain("application/problem+json");
    expect(refused.headers.get("www-authenticate")).toBe(
      'Bearer realm="gatehouse", error="insufficient_user_authentication", max_age="900"',
    );
    expect(refused.body).toMatchObject({ code: "STEP_UP_REQUIRED", status: 403, methods: ["pwd", "email"] });
  });

  test("names only methods of the account: no link for an unproven address, no password where there is none", async () => {
    await using server = await startGatehouse({ routers, embedded: true });
    const { db } = server.gatehouse.deps;
    const methodsOf = async (tokens: { accessToken: string }) => (await openVault(server, tokens)).body.methods;
    const unproven = await registerAccount(server.url);
    const proven = await registerProven(server);
    const tokens = [await waitLong(server, unproven), await refresh(server, proven.refreshToken)] as const;
    expect(await methodsOf(tokens[0])).toEqual(["pwd"]);
    expect(await methodsOf(tokens[1])).toEqual(["pwd", "email"]);
    await db.deleteFrom("password").execute();
    expect(await methodsOf(tokens[0])).toEqual([]);
    expect(await methodsOf(tokens[1])).toEqual(["email"]);
  });

  test("is open for the configured time", async () => {
    await using server = await startGatehouse({ routers, environment: { STEP_UP_MAX_AGE_SECONDS: "60" } });
    const ada = await registerAccount(server.url);
    server.clock.advance(60);
    expect((await openVault(server, ada)).status).toBe(200);
    server.clock.advance(1);
    const refused = await openVault(server, ada);
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([
      403,
      expect.stringContaining('max_age="60"'),
    ]);
  });

  test("is not opened by any number of refreshes", async () => {
    const server = shared();
    let tokens: { accessToken: string; refreshToken: string } = await registerAccount(server.url);
    for (let minute = 0; minute < 15; minute++) {
      server.clock.advance(60);
      tokens = await refresh(server, tokens.refreshToken);
    }
    expect((await openVault(server, tokens)).status).toBe(200);
    server.clock.advance(1);
    expect((await openVault(server, await refresh(server, tokens.refreshToken))).status).toBe(403);
  });

  test("is open again after another sign-in, in that session only", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const old = await waitLong(server, ada);
    const { body } = await rest(server.url, "/v1/auth/login", {
      body: { identifier: ada.email, password: ada.password },
    });
    expect((await openVault(server, body.session)).status).toBe(200);
    expect((await openVault(server, old)).status).toBe(403);
  });

  test("includes setting the first password of an account, which would let a stolen session sign in", async () => {
    const server = shared();
    const ada = await registerProven(server);
    await server.gatehouse.deps.db.deleteFrom("password").execute();
    const tokens = await waitLong(server, ada);
    const body = { newPassword: "another horse staple" };
    const choose = () => rest(server.url, "/v1/auth/password", { method: "PUT", token: tokens.accessToken, body });
    const refused = await choose();
    expect([refused.status, refused.body.code, refused.body.methods]).toEqual([403, "STEP_UP_REQUIRED", ["email"]]);
    const signIn = { body: { identifier: ada.email, password: body.newPassword } };
    expect((await rest(server.url, "/v1/auth/login", signIn)).status).toBe(401);
    expect((await sudo(server, tokens, { magicLinkToken: await askForLink(server, ada.email) })).status).toBe(200);
    expect((await choose()).status).toBe(204);
    expect((await rest(server.url, "/v1/auth/login", signIn)).status).toBe(200);
  });

  test("asks a caller without a session to sign in, and names no methods", async () => {
    const server = shared();
    const refused = await rest(server.url, "/v1/vault");
    expect([refused.status, refused.body.code, refused.body.methods]).toEqual([401, "UNAUTHENTICATED", undefined]);
  });

  test("is refused alike over REST and RPC, also for Gatehouse's own sensitive procedures", async () => {
    const server = shared();
    // Some require a permission too.
    const { accessToken } = await waitLong(server, await registerProvenAdmin(server));
    const sensitive = operations.filter(({ meta }) => meta.stepUp !== undefined);
    const own = [
      "auth.apiKeys.create",
      "auth.apiKeys.list",
      "auth.apiKeys.revoke",
      "auth.email.change",
      "auth.identities.link",
    ];
    expect(sensitive.map(({ procedure }) => procedure)).toEqual(expect.arrayContaining(own));
    for (const operation of sensitive) {
      const input = Object.fromEntries(operation.pathParameters.map((name) => [name, crypto.randomUUID()]));
      const headers = { authorization: `Bearer ${accessToken}` };
      const [overRest, overRpc] = [
        await restTransport.send(server.url, operation, input, headers),
        await rpcTransport.send(server.url, operation, input, headers),
      ];
      for (const { status, code, headers } of [overRest, overRpc]) {
        expect([operation.procedure, status, code]).toEqual([operation.procedure, 403, "STEP_UP_REQUIRED"]);
        expect(headers.get("www-authenticate")).toContain('error="insufficient_user_authentication"');
      }
      expect(JSON.parse(overRest.text).methods).toEqual(["pwd", "email"]);
      expect(JSON.parse(overRpc.text).error.json.data.methods).toEqual(["pwd", "email"]);
    }
  });

  test("is described in the document, with the methods in the problem", async () => {
    const server = shared();
    const { paths, components } = (await rest(server.url, "/openapi.json")).body;
    for (const operation of [paths["/v1/vault"].get, paths["/v1/auth/email/change"].post]) {
      expect(operation.responses[403].description).toContain("`STEP_UP_REQUIRED`");
    }
    expect(JSON.stringify(paths["/v1/users/me"].get)).not.toContain("STEP_UP_REQUIRED");
    expect(components.schemas.Problem.properties.methods.items.enum).toEqual(["pwd", "otp", "email", "passkey"]);
    const { schema } = paths["/v1/auth/sudo"].post.requestBody.content["application/json"];
    expect(Object.keys(schema.properties)).toEqual(["password", "code", "recoveryCode", "magicLinkToken", "passkey"]);
    expect(schema).toMatchObject({
      additionalProperties: false,
      description: "Exactly one of: password, code, recoveryCode, magicLinkToken, passkey",
    });
  });
});

describe.skipIf(postgresUnreachable)("on several servers", () => {
  test("a proof on one counts on the other from the next call, although it remembered the session", async () => {
    const first = shared();
    await using second = await startBeside(first, { routers });
    const ada = await registerAccount(first.url);
    const tokens = await waitLong(first, ada);
    expect((await openVault(second, tokens)).status).toBe(403);
    expect((await sudo(first, tokens, { password: ada.password })).status).toBe(200);
    expect((await openVault(second, tokens)).status).toBe(200);
    const { body } = await rest(second.url, "/v1/auth/status", { token: tokens.accessToken });
    expect(body.session.authenticatedAt).toBe(first.clock.now().toISOString());
  });
});
