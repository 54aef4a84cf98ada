import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { eventTypes } from "../../packages/server/src/webhook/event-types.ts";
import { createRole, registerProvenAdmin, registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { createWebhook, insideReceivers, settleDeliveries, startReceiver } from "../support/webhooks.ts";

const server = shareGatehouse({ environment: { JOBS: "off" } });

const valid = { url: "https://example.com/hook", events: ["user.created"] } as const;

describe("a webhook", () => {
  test("is created, read, listed, changed and deleted", async () => {
    const { url } = server();
    const { accessToken: token } = await registerWithRoles(server());
    const body = { ...valid, description: "The shop", events: ["user.created", "user.created", "user.updated"] };
    const created = await rest(url, "/v1/webhooks", { token, body });
    expect(created.status).toBe(201);
    const { webhook } = created.body;
    expect(webhook).toMatchObject({
      url: valid.url,
      description: "The shop",
      events: ["user.created", "user.updated"],
      status: "active",
      failingSince: null,
    });
    const path = `/v1/webhooks/${webhook.id}`;
    expect((await rest(url, path, { token })).body).toEqual(webhook);
    expect((await rest(url, "/v1/webhooks", { token })).body.items).toContainEqual(webhook);
    const changes = { description: null, events: ["session.revoked"], status: "disabled" };
    const changed = await rest(url, path, { method: "PATCH", token, body: changes });
    expect(changed.body).toMatchObject({ ...changes, url: valid.url });
    expect((await rest(url, path, { method: "DELETE", token })).status).toBe(204);
    for (const method of ["GET", "DELETE"]) {
      expect((await rest(url, path, { method, token })).body.code).toBe("NOT_FOUND");
    }
  });

  test("is listed by pages, the newest first", async () => {
    const { url } = server();
    const { accessToken: token } = await registerWithRoles(server());
    const ids: string[] = [];
    for (let count = 0; count < 3; count++)
      ids.unshift((await rest(url, "/v1/webhooks", { token, body: valid })).body.webhook.id);
    const first = (await rest(url, "/v1/webhooks?limit=2", { token })).body;
    expect(first.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(0, 2));
    const second = (await rest(url, `/v1/webhooks?limit=1&cursor=${first.nextCursor}`, { token })).body;
    expect(second.items.map(({ id }: { id: string }) => id)).toEqual(ids.slice(2, 3));
    const path = `/v1/webhooks/${ids[0]}/deliveries?cursor=${first.nextCursor}`;
    expect((await rest(url, path, { token })).body.errors).toMatchObject([{ path: "cursor" }]);
  });

  test.each([
    ["no events", { events: [] }],
    ["an unknown event", { events: ["user.exploded"] }],
    ["no address", { url: "" }],
    ["what is no address", { url: "example.com" }],
    ["plain http", { url: "http://example.com/" }],
    ["a script", { url: "javascript:alert(1)" }],
    ["a password in the address", { url: "https://ada:secret@example.com/" }],
    ["a port that is not allowed", { url: "https://example.com:6379/" }],
    ["an address inside", { url: "https://127.0.0.1/" }],
    ["an overlong address", { url: `https://example.com/${"x".repeat(2000)}` }],
    ["a control character", { url: "https://example.com/\n" }],
    ["a secret of the caller", { secret: "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD" }],
  ])("is refused with %s", async (_what, fields) => {
    const { accessToken: token } = await registerWithRoles(server());
    const created = await rest(server().url, "/v1/webhooks", { token, body: { ...valid, ...fields } });
    expect([created.status, created.body.code]).toEqual([400, "INVALID_INPUT"]);
    const { webhook } = await createWebhook(server(), await registerWithRoles(server()), valid);
    const path = `/v1/webhooks/${webhook.id}`;
    const changed = await rest(server().url, path, { method: "PATCH", token, body: fields });
    expect([changed.status, changed.body.code]).toEqual([400, "INVALID_INPUT"]);
  });

  test("is nobody's but an administrator's", async () => {
    const { url } = server();
    const { webhook } = await createWebhook(server(), await registerWithRoles(server()), valid);
    const { accessToken } = await registerAccount(url);
    const path = `/v1/webhooks/${webhook.id}`;
    const calls = [
      ["GET", "/v1/webhooks"],
      ["POST", "/v1/webhooks"],
      ["GET", path],
      ["PATCH", path],
      ["DELETE", path],
      ["POST", `${path}/rotate-secret`],
      ["GET", `${path}/deliveries`],
      ["POST", `${path}/deliveries/${webhook.id}/redeliver`],
    ] as const;
    for (const [method, address] of calls) {
      const body = method === "POST" || method === "PATCH" ? valid : undefined;
      const request = { method, ...(body === undefined ? {} : { body }) };
      expect([address, (await rest(url, address, request)).status]).toEqual([address, 401]);
      expect([address, (await rest(url, address, { ...request, token: accessToken })).status]).toEqual([address, 403]);
    }
  });
});

describe("a user with webhook:write who may not read accounts", () => {
  /** Registers a user of a new role with these permissions. */
  const registerClerk = async (permissions: readonly string[]) => {
    const name = `clerk-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server().url, await registerWithRoles(server()), { name, permissions });
    return registerWithRoles(server(), [name]);
  };

  test.each(eventTypes)("lets no webhook listen to %s", async (type) => {
    const clerk = await registerClerk(["webhook:write", "webhook:read"]);
    const body = { ...valid, events: [type] };
    const created = await rest(server().url, "/v1/webhooks", { token: clerk.accessToken, body });
    expect([created.status, created.body.code]).toEqual([403, "FORBIDDEN"]);
    const allowed = await registerClerk(["webhook:write", "user:read"]);
    expect((await rest(server().url, "/v1/webhooks", { token: allowed.accessToken, body })).status).toBe(201);
  });

  test("gets no new secret of a webhook of others", async () => {
    const { webhook } = await createWebhook(server(), await registerWithRoles(server()), valid);
    const { accessToken: token } = await registerClerk(["webhook:write", "webhook:read"]);
    const { status, body } = await rest(server().url, `/v1/webhooks/${webhook.id}/rotate-secret`, {
      method: "POST",
      token,
    });
    expect([status, body.code, body.secret]).toEqual([403, "FORBIDDEN", undefined]);
  });

  test("neither redirects nor resumes a webhook of others, but describes and disables it", async () => {
    const { webhook } = await createWebhook(server(), await registerWithRoles(server()), valid);
    const { accessToken: token } = await registerClerk(["webhook:write", "webhook:read"]);
    const path = `/v1/webhooks/${webhook.id}`;
    const change = (body: object) => rest(server().url, path, { method: "PATCH", token, body });
    const taking = [{ url: "https://elsewhere.example.com/" }, { events: ["user.updated"] }, { status: "active" }];
    for (const body of taking) expect([body, (await change(body)).body.code]).toEqual([body, "FORBIDDEN"]);
    expect((await rest(server().url, path, { token })).body).toMatchObject({ url: valid.url, events: valid.events });
    expect((await change({ description: "The shop", status: "disabled" })).body).toMatchObject({ status: "disabled" });
  });
});

test("an API key with the scope webhook:write alone creates no webhook, whatever its owner may do", async () => {
  await using own = await startGatehouse();
  const admin = await registerProvenAdmin(own);
  const statusWith = async (scopes: readonly string[]) => {
    const { secret: token } = await makeApiKey(own.url, admin, { scopes });
    const { status, body } = await rest(own.url, "/v1/webhooks", { token, body: valid });
    return [status, body.code];
  };
  expect(await statusWith(["webhook:write"])).toEqual([403, "INSUFFICIENT_SCOPE"]);
  expect(await statusWith(["webhook:write", "user:read"])).toEqual([201, undefined]);
});

test("each change of a webhook is in the audit log, with who made it and what it was before", async () => {
  const { url, gatehouse } = server();
  const { accessToken: token, userId } = await registerWithRoles(server());
  const { webhook } = (await rest(url, "/v1/webhooks", { token, body: valid })).body;
  const path = `/v1/webhooks/${webhook.id}`;
  await rest(url, path, { method: "PATCH", token, body: { status: "disabled", events: ["user.created"] } });
  await rest(url, `${path}/rotate-secret`, { method: "POST", token });
  await rest(url, path, { method: "DELETE", token });
  const { rows } = await runSql(
    gatehouse.deps.db,
    `select action, actor_id, personal->'changes' as changes from audit_event where target_id = '${webhook.id}' order by id`,
  );
  expect(rows.map((row) => [row["action"], row["actor_id"]])).toEqual(
    ["webhook.created", "webhook.updated", "webhook.secret_rotated", "webhook.deleted"].map((action) => [
      action,
      userId,
    ]),
  );
  expect(rows[0]?.["changes"]).toEqual({
    url: { from: null, to: valid.url },
    events: { from: null, to: valid.events },
    status: { from: null, to: "active" },
  });
  expect(rows[1]?.["changes"]).toEqual({ status: { from: "active", to: "disabled" } });
});

test("an API key with the scope webhook:read reads webhooks and changes none", async () => {
  await using own = await startGatehouse();
  const admin = await registerProvenAdmin(own);
  const { secret: token } = await makeApiKey(own.url, admin, { scopes: ["webhook:read"] });
  expect((await rest(own.url, "/v1/webhooks", { token })).status).toBe(200);
  const refused = await rest(own.url, "/v1/webhooks", { token, body: valid });
  expect([refused.status, refused.body.code]).toEqual([403, "INSUFFICIENT_SCOPE"]);
});

test("of concurrent calls at the limit of 100 webhooks, only as many succeed as there is room", async () => {
  await using own = await startGatehouse({ environment: { JOBS: "off" } });
  const { accessToken: token } = await registerWithRoles(own);
  await runSql(
    own.gatehouse.deps.db,
    `insert into webhook (public_id, url, events, status, created_at, updated_at)
    select gen_random_uuid(), 'https://example.com/', '{user.created}', 'active', now(), now() from generate_series(1, 98)`,
  );
  const answers = await Promise.all(
    Array.from({ length: 6 }, () => rest(own.url, "/v1/webhooks", { token, body: valid })),
  );
  const codes = answers.map(({ status, body }) => (status === 201 ? "created" : body.code)).toSorted();
  expect(codes).toEqual([...Array(4).fill("WEBHOOK_LIMIT_REACHED"), "created", "created"]);
});

test("a secret is in the answers of its creation and its rotation, and in no other answer, log or table", async () => {
  await using receiver = await startReceiver();
  const logged: string[] = [];
  await using own = await startGatehouse({ environment: insideReceivers, onLog: (line) => logged.push(line) });
  const admin = await registerWithRoles(own);
  const { accessToken: token } = admin;
  receiver.answer({ status: 500 });
  const { webhook, secret } = await createWebhook(own, admin, { url: receiver.url, events: ["user.created"] });
  const path = `/v1/webhooks/${webhook.id}`;
  const rotated = (await rest(own.url, `${path}/rotate-secret`, { method: "POST", token })).body.secret;
  await registerAccount(own.url);
  await settleDeliveries(own);
  const answers = await Promise.all(
    [path, "/v1/webhooks", `${path}/deliveries`].map(async (address) => (await rest(own.url, address, { token })).body),
  );
  const { db } = own.gatehouse.deps;
  const rowsOf = async (table: string) => (await runSql(db, `select * from ${table}`)).rows;
  const tables = ["webhook", "webhook_secret", "webhook_event", "webhook_delivery", "pgboss.job"];
  const stored = await Promise.all(tables.map(rowsOf));
  const everything = JSON.stringify([answers, stored, await rowsOf("audit_event"), logged, receiver.requests]);
  expect(everything).toContain(webhook.id);
  for (const each of [secret, rotated]) {
    expect(each).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
    const bytes = Buffer.from(each.slice("whsec_".length), "base64");
    for (const form of [each.slice("whsec_".length), bytes.toString("hex"), JSON.stringify([...bytes]).slice(1, -1)]) {
      expect(everything).not.toContain(form);
    }
  }
  // What is delivered is as personal as a mail, and the queue and the tables are copied for support and tests.
  const atRest = JSON.stringify(stored);
  expect(receiver.requests[0]?.event.data.email).toMatch(/@example\.com$/);
  expect(atRest).not.toContain(receiver.requests[0]?.event.data.email);
});
