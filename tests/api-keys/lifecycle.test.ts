import { createClient, isGatehouseError } from "@gatehouse/client";
import { describe, expect, test } from "vitest";
import { askForApiKey, listApiKeys, makeApiKey, readProfile, revokeApiKey } from "../support/api-keys.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const daySeconds = 24 * 60 * 60;

const shared = shareGatehouse();
const sharedEmbedded = shareGatehouse({ embedded: true });

describe("an API key", () => {
  test.each([
    ["PostgreSQL", shared],
    ["the embedded database", sharedEmbedded],
  ])(
    "on %s is shown once, then identified by its beginning, and lets a machine call for its user",
    async (_where, serverHere) => {
      const server = serverHere();
      const ada = await registerProven(server);
      const expiresAt = new Date(server.clock.now().getTime() + 30 * daySeconds * 1000).toISOString();
      const made = await askForApiKey(server.url, ada, { scopes: ["profile:read", "device:read"], expiresAt });
      expect([made.status, made.headers.get("cache-control")]).toEqual([201, "no-store"]);
      const { secret, apiKey } = made.body;
      expect(secret).toMatch(/^gatehouse_[0-9A-Za-z]{49}$/);
      expect(apiKey).toEqual({
        id: expect.stringMatching(/^[0-9a-f-]{36}$/),
        name: "Nightly export",
        prefix: secret.slice(0, 16),
        scopes: ["profile:read", "device:read"],
        createdAt: server.clock.now().toISOString(),
        expiresAt,
        lastUsedAt: null,
      });
      const listed = await listApiKeys(server.url, ada);
      expect(listed.body).toEqual({ items: [apiKey], nextCursor: null });
      expect(JSON.stringify(listed.body)).not.toContain(secret);
      expect((await readProfile(server.url, secret)).body).toMatchObject({ id: ada.userId, email: ada.email });
      expect((await rest(server.url, "/v1/devices", { token: secret })).status).toBe(200);
    },
  );

  test("works over RPC and over REST", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const { body } = await rest(server.url, "/rpc/user.me", { token: secret });
    expect(body.result.data.json.id).toBe(ada.userId);
    const refused = await rest(server.url, "/rpc/device.list", { token: secret });
    expect([refused.status, refused.body.error.json.data.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
    expect(refused.headers.get("www-authenticate")).toContain('scope="device:read"');
  });

  test("works in the client package, without a session", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const machine = createClient({ url: server.url, apiKey: secret });
    const [profile, again] = await Promise.all([machine.user.me.query(), machine.user.me.query()]);
    expect([profile.id, again.id]).toEqual([ada.userId, ada.userId]);
    const refusal = await machine.auth.status.query().catch((error: unknown) => error);
    expect(isGatehouseError(refusal, "INSUFFICIENT_SCOPE")).toBe(true);
  });

  test("shows its last successful use, to the minute", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    const lastUsedAt = async () => (await listApiKeys(server.url, ada)).body.items[0].lastUsedAt;
    expect((await rest(server.url, "/v1/devices", { token: secret })).status).toBe(403);
    expect(await lastUsedAt()).toBeNull();
    const first = server.clock.now().toISOString();
    await readProfile(server.url, secret);
    expect(await lastUsedAt()).toBe(first);
    server.clock.advance(60);
    await readProfile(server.url, secret);
    expect(await lastUsedAt()).toBe(first);
    server.clock.advance(1);
    await readProfile(server.url, secret);
    expect(await lastUsedAt()).toBe(server.clock.now().toISOString());
  });

  test("expires at the time its owner chose, to the millisecond, and stays in the list", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const expiresAt = new Date(server.clock.now().getTime() + 60_000).toISOString();
    const { secret, id } = await makeApiKey(server.url, ada, { expiresAt });
    server.clock.advance(59.999);
    expect((await readProfile(server.url, secret)).status).toBe(200);
    server.clock.advance(0.001);
    expect((await readProfile(server.url, secret)).body.code).toBe("ACCESS_TOKEN_INVALID");
    expect((await listApiKeys(server.url, ada)).body.items).toMatchObject([{ id, expiresAt }]);
  });

  test("lives for the longest time the server allows by default, and never longer", async () => {
    await using server = await startGatehouse({ environment: { API_KEY_MAX_TTL_DAYS: "7" } });
    const ada = await registerProven(server);
    const inDays = (days: number) => new Date(server.clock.now().getTime() + days * daySeconds * 1000).toISOString();
    expect((await askForApiKey(server.url, ada)).body.apiKey.expiresAt).toBe(inDays(7));
    expect((await askForApiKey(server.url, ada, { expiresAt: inDays(7) })).status).toBe(201);
    for (const expiresAt of [inDays(7.001), inDays(0), inDays(-1), "9999-12-31T23:59:59Z", "tomorrow", "", 7]) {
      const { status, body } = await askForApiKey(server.url, ada, { expiresAt });
      expect([expiresAt, status, body.code, body.errors?.[0].path]).toEqual([
        expiresAt,
        400,
        "INVALID_INPUT",
        "expiresAt",
      ]);
    }
  });

  test("accepts an expiry with any time zone offset", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const start = server.clock.now().getTime();
    const local = new Date(start + 7_200_000 + 3_600_000).toISOString().replace("Z", "+02:00");
    const { body } = await askForApiKey(server.url, ada, { expiresAt: local });
    expect(body.apiKey.expiresAt).toBe(new Date(start + 3_600_000).toISOString());
  });

  test("has a name of 1 to 100 characters and at least one scope, each once", async () => {
    const server = shared();
    const ada = await registerProven(server);
    for (const [path, fields] of [
      ["name", { name: "" }],
      ["name", { name: "x".repeat(101) }],
      ["name", { name: "a\nb" }],
      ["name", { name: undefined }],
      ["scopes", { scopes: [] }],
      ["scopes", { scopes: undefined }],
      ["scopes", { scopes: "profile:read" }],
      ["scopes", { scopes: Array.from({ length: 101 }, () => "profile:read") }],
    ] as const) {
      const { status, body } = await askForApiKey(server.url, ada, fields);
      expect([fields, status, body.errors?.[0].path]).toEqual([fields, 400, path]);
    }
    const twice = await askForApiKey(server.url, ada, {
      name: "x".repeat(100),
      scopes: ["profile:read", "profile:read"],
    });
    expect(twice.body.apiKey.scopes).toEqual(["profile:read"]);
  });
});

describe("the list of API keys", () => {
  test("is read page by page, newest first, without revoked keys", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const ids: string[] = [];
    for (const name of ["a", "b", "c", "d"]) ids.unshift((await makeApiKey(server.url, ada, { name })).id);
    await revokeApiKey(server.url, ada, ids[1] ?? "");
    const first = await listApiKeys(server.url, ada, { limit: 2 });
    const second = await listApiKeys(server.url, ada, { limit: 2, cursor: first.body.nextCursor });
    const listed = [...first.body.items, ...second.body.items].map(({ id }) => id);
    expect(listed).toEqual([ids[0], ids[2], ids[3]]);
    expect(second.body.nextCursor).toBeNull();
  });

  test("contains only the caller's own keys, and refuses somebody else's cursor", async () => {
    const server = shared();
    const [ada, bob] = [await registerProven(server), await registerProven(server)];
    for (const account of [ada, ada, bob]) await makeApiKey(server.url, account);
    expect((await listApiKeys(server.url, bob)).body.items).toHaveLength(1);
    const { nextCursor: cursor } = (await listApiKeys(server.url, ada, { limit: 1 })).body;
    const refused = await listApiKeys(server.url, bob, { cursor });
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "cursor"]);
  });
});

describe("while the address is not proven", () => {
  test("a user cannot make a key by either protocol, and can once it is proven", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const refused = await askForApiKey(server.url, ada);
    expect([refused.status, refused.body.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
    const input = { json: { name: "Nightly export", scopes: ["profile:read"] } };
    const overRpc = await rest(server.url, "/rpc/auth.apiKeys.create", { token: ada.accessToken, body: input });
    expect([overRpc.status, overRpc.body.error.json.data.code]).toEqual([403, "EMAIL_NOT_VERIFIED"]);
    const token = await receiveToken(server, ada.email, "verify-email");
    await rest(server.url, "/v1/auth/email/verify", { body: { token } });
    expect((await askForApiKey(server.url, ada)).status).toBe(201);
  });

  test("a key made before this rule does not work", async () => {
    const server = shared();
    const ada = await registerProven(server);
    const { secret } = await makeApiKey(server.url, ada);
    await server.gatehouse.deps.db
      .updateTable("user")
      .set({ email_verified_at: null })
      .where("public_id", "=", ada.userId)
      .execute();
    const refused = await readProfile(server.url, secret);
    expect([refused.status, refused.body.code]).toEqual([401, "ACCESS_TOKEN_INVALID"]);
  });
});
