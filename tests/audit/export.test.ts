import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { giveRoles, registerProvenAdmin, registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const server = shareGatehouse({ environment: { JOBS: "off" } });

const path = "/v1/audit-events/export";

/** Downloads an export and parses its lines. */
async function download({ accessToken }: Pick<Account, "accessToken">, query: Readonly<Record<string, string>> = {}) {
  const response = await fetch(new URL(`${path}?${new URLSearchParams(query)}`, server().url), {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  const lines = (await response.text()).split("\n");
  expect(lines.pop()).toBe("");
  return { headers: response.headers, status: response.status, events: lines.map((line) => JSON.parse(line)) };
}

const refusalOf = async (token: string | undefined, query = "") => {
  const { status, body } = await rest(server().url, `${path}${query}`, token === undefined ? {} : { token });
  return [status, body.code];
};

/** Adds events about an account, so many that they fit neither into a part of the export nor into the buffers of a connection. */
async function addEvents(userId: string, count: number): Promise<void> {
  await runSql(
    server().gatehouse.deps.db,
    `insert into audit_event (public_id, at, action, actor_kind, account_id, target_kind, target_id, personal)
     select gen_random_uuid(), now(), 'user.updated', 'system', '${userId}', 'user', '${userId}',
       jsonb_build_object('details', jsonb_build_object('text', repeat('x', 2000)))
     from generate_series(1, ${count})`,
  );
}

/** Begins an export whose reader takes nothing. */
async function beginDownload({ accessToken }: Account, userId: string): Promise<IncomingMessage> {
  const headers = { authorization: `Bearer ${accessToken}` };
  const request = get(new URL(`${path}?user=${userId}`, server().url), { headers, agent: false });
  const [response]: IncomingMessage[] = await once(request, "response");
  if (response === undefined) throw new Error("There was no response");
  return response;
}

describe("an export of the audit log", () => {
  test("has one event a line, the oldest first, as the list has them", async () => {
    const admin = await registerWithRoles(server());
    const { userId } = await registerAccount(server().url);
    await addEvents(userId, 1100);
    const { status, headers, events } = await download(admin, { user: userId, action: "user.updated" });
    expect([status, headers.get("content-type")]).toEqual([200, "application/x-ndjson; charset=utf-8"]);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(new Set(events.map(({ id }) => id)).size).toBe(1100);
    const token = admin.accessToken;
    const listed = await rest(server().url, `/v1/audit-events?user=${userId}&action=user.updated&limit=100`, { token });
    expect(events.slice(-100).toReversed()).toEqual(listed.body.items);
  });

  test("is recorded with its filters", async () => {
    const admin = await registerWithRoles(server());
    const { userId } = await registerAccount(server().url);
    const { events } = await download(admin, { user: userId });
    expect(events.map(({ action }) => action).toSorted()).toEqual(["session.created", "user.created"]);
    const recorded = await download(admin, { actor: admin.userId, action: "audit_log.exported" });
    expect(recorded.events).toMatchObject([
      { target: { kind: "audit_log", id: "audit_log" }, details: { user: userId }, ip: "127.0.0.1" },
      { details: { actor: admin.userId, action: "audit_log.exported" } },
    ]);
  });

  test("is for operators with the permission alone, and for API keys with the scope", async () => {
    const user = await registerAccount(server().url);
    expect(await refusalOf(undefined)).toEqual([401, "UNAUTHENTICATED"]);
    expect(await refusalOf("no token")).toEqual([401, "ACCESS_TOKEN_INVALID"]);
    expect(await refusalOf(user.accessToken)).toEqual([403, "FORBIDDEN"]);
    const support = await registerWithRoles(server(), ["support"]);
    expect((await download(support, { user: user.userId })).status).toBe(200);
    const admin = await registerWithRoles(server());
    const started = await rest(server().url, `/v1/users/${support.userId}/impersonate`, {
      token: admin.accessToken,
      body: {},
    });
    expect(await refusalOf(started.body.session.accessToken)).toEqual([403, "IMPERSONATION_REFUSED"]);
  });

  test("refuses a filter that the list refuses, a page, and HEAD", async () => {
    const { accessToken } = await registerWithRoles(server());
    for (const query of ["?actor=me", "?action=nothing", "?from=yesterday", "?limit=10", "?user=a&user=b"]) {
      expect([query, ...(await refusalOf(accessToken, query))]).toEqual([query, 400, "INVALID_INPUT"]);
    }
    expect((await rest(server().url, path, { method: "HEAD", token: accessToken })).status).toBe(405);
  });

  test("reads no further than its reader, and breaks off once the operator lost the permission", async () => {
    const admin = await registerWithRoles(server());
    const { userId } = await registerAccount(server().url);
    await addEvents(userId, 20_000);
    const response = await beginDownload(admin, userId);
    await giveRoles(server(), admin.userId, []);
    let bytes = 0;
    const end = new Promise((resolve) => response.on("close", resolve).on("error", () => undefined));
    response.on("data", (chunk: Buffer) => (bytes += chunk.length));
    await end;
    expect(response.complete).toBe(false);
    expect(bytes).toBeLessThan(20_000 * 2000);
    expect(await refusalOf(admin.accessToken)).toEqual([403, "FORBIDDEN"]);
  });
});

describe("an API key", () => {
  const mailing = shareGatehouse();
  test("exports the audit log with the scope alone", async () => {
    const admin = await registerProvenAdmin(mailing());
    const statusWith = async (scope: string) => {
      const { secret } = await makeApiKey(mailing().url, admin, { scopes: [scope] });
      const answer = await fetch(new URL(path, mailing().url), { headers: { authorization: `Bearer ${secret}` } });
      return answer.status;
    };
    expect([await statusWith("audit:read"), await statusWith("user:read")]).toEqual([200, 403]);
  });
});
