import { getPrivateMetadata, scopedProcedure, setPrivateMetadata } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createRole, registerWithRoles } from "../support/administrators.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { receiveToken } from "../support/mailbox.ts";
import { askForExport, downloadExport } from "../support/own-data.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const update = (url: string, { accessToken: token }: Account, body: unknown) =>
  rest(url, "/v1/users/me", { method: "PATCH", token, body });

const shared = shareGatehouse();

/** A value with so many levels of objects. */
const nested = (levels: number): unknown => (levels === 0 ? 1 : { in: nested(levels - 1) });

describe("public metadata", () => {
  test("is what the user last wrote, as a whole", async () => {
    const { url } = shared();
    const ada = await registerAccount(url);
    expect((await rest(url, "/v1/users/me", { token: ada.accessToken })).body.publicMetadata).toEqual({});
    const first = { theme: "dark", seen: [1, null, true, { deep: "é💥" }] };
    expect((await update(url, ada, { publicMetadata: first })).body.publicMetadata).toEqual(first);
    expect((await update(url, ada, { givenName: "Ada" })).body.publicMetadata).toEqual(first);
    expect((await update(url, ada, { publicMetadata: { theme: "light" } })).body.publicMetadata).toEqual({
      theme: "light",
    });
    expect((await update(url, ada, { publicMetadata: {} })).body.publicMetadata).toEqual({});
  });

  test("has room for 8192 bytes and 8 levels, and no more", async () => {
    const { url } = shared();
    const ada = await registerAccount(url);
    const ofBytes = (bytes: number) => ({ a: "x".repeat(bytes - '{"a":""}'.length) });
    expect((await update(url, ada, { publicMetadata: ofBytes(8192) })).status).toBe(200);
    expect((await update(url, ada, { publicMetadata: nested(8) })).status).toBe(200);
    for (const publicMetadata of [ofBytes(8193), { a: "é".repeat(4100) }, nested(9)]) {
      const { status, body } = await update(url, ada, { publicMetadata });
      expect([status, body.errors[0].path]).toEqual([400, "publicMetadata"]);
    }
  });

  test.each(["[]", '"text"', "null", '{"a":"\\u0000"}', '{"\\u0000":1}', '{"a":"\\ud800"}', '{"a":1e999}'])(
    "%s is INVALID_INPUT",
    async (json) => {
      const { url } = shared();
      const ada = await registerAccount(url);
      const { status, body } = await update(url, ada, `{"publicMetadata":${json}}`);
      expect([status, body.code]).toEqual([400, "INVALID_INPUT"]);
    },
  );
});

const routers = {
  plan: {
    change: scopedProcedure("plan:write")
      .input(z.strictObject({ plan: z.string() }))
      .output(z.record(z.string(), z.unknown()))
      .mutation(async ({ ctx, input }) => {
        await setPrivateMetadata(ctx.deps, ctx.actor.userId, input);
        return { ...(await getPrivateMetadata(ctx.deps, ctx.actor.userId)) };
      }),
  },
};

describe("private metadata", () => {
  test("is read and written by the app's own code, and the user neither sees nor changes it", async () => {
    await using server = await startGatehouse({ routers });
    const ada = await registerAccount(server.url);
    const { body } = await rest(server.url, "/rpc/plan.change", {
      token: ada.accessToken,
      body: { json: { plan: "pro" } },
    });
    expect(body.result.data.json).toEqual({ plan: "pro" });
    const me = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect(JSON.stringify(me.body)).not.toContain('pro"');
    expect((await update(server.url, ada, { privateMetadata: { plan: "free" } })).body.code).toBe("INVALID_INPUT");
  });
});

describe("administrators", () => {
  const manage = (server: TestGatehouse, { accessToken: token }: Account, id: string, body?: object) =>
    rest(server.url, `/v1/users/${id}`, { token, ...(body === undefined ? {} : { method: "PATCH", body }) });

  test("read and replace both objects and the time zone, and the user sees the public one", async () => {
    const server = shared();
    const [admin, ada] = [await registerWithRoles(server), await registerAccount(server.url)];
    const given = { publicMetadata: { theme: "dark" }, privateMetadata: { plan: "pro" }, timeZone: "europe/madrid" };
    const changed = await manage(server, admin, ada.userId, given);
    const kept = { ...given, timeZone: "Europe/Madrid" };
    expect(changed).toMatchObject({ status: 200, body: kept });
    await manage(server, admin, ada.userId, { givenName: "Ada" });
    expect((await manage(server, admin, ada.userId)).body).toMatchObject(kept);
    const { body } = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect(body).toMatchObject({ publicMetadata: given.publicMetadata, timeZone: "Europe/Madrid" });
    expect(body).not.toHaveProperty("privateMetadata");
    const list = await rest(server.url, "/v1/users", { token: admin.accessToken });
    expect(list.body.items[0]).not.toHaveProperty("privateMetadata");
    const email = `${crypto.randomUUID()}@example.com`;
    const created = { email, timeZone: "Asia/Tokyo" };
    expect((await rest(server.url, "/v1/users", { token: admin.accessToken, body: created })).body).toMatchObject(
      created,
    );
  });

  test("are recorded without the values, and only where something changes", async () => {
    const server = shared();
    const [admin, ada] = [await registerWithRoles(server), await registerAccount(server.url)];
    const body = { privateMetadata: { note: "only-in-the-metadata" }, givenName: "Ada" };
    for (const _time of [1, 2]) await manage(server, admin, ada.userId, body);
    const events = await server.gatehouse.deps.db
      .selectFrom("audit_event")
      .select(["actor_id", "personal"])
      .where("target_id", "=", ada.userId)
      .where("action", "=", "user.updated")
      .execute();
    expect(events).toMatchObject([
      {
        actor_id: admin.userId,
        personal: { details: { replaced: ["privateMetadata"] }, changes: { givenName: { from: null, to: "Ada" } } },
      },
    ]);
    expect(JSON.stringify(events)).not.toContain("only-in-the-metadata");
  });

  test("need the permission for each, and nobody else has a way in", async () => {
    const server = shared();
    const admin = await registerWithRoles(server);
    const name = `reader-${crypto.randomUUID().slice(0, 8)}`;
    await createRole(server.url, admin, { name, permissions: ["user:read"] });
    const [reader, ada] = [await registerWithRoles(server, [name]), await registerAccount(server.url)];
    const change = { privateMetadata: { plan: "pro" } };
    expect((await manage(server, reader, ada.userId)).body.privateMetadata).toEqual({});
    expect((await manage(server, reader, ada.userId, change)).status).toBe(403);
    expect((await manage(server, ada, ada.userId, change)).status).toBe(403);
    expect((await manage(server, ada, ada.userId)).status).toBe(403);
  });
});

test("a copy of a user's data has the time zone and both objects", async () => {
  const server = shared();
  const [admin, ada] = [await registerWithRoles(server), await registerProven(server)];
  const held = {
    publicMetadata: { my_theme: "dark" },
    privateMetadata: { the_plan: "pro" },
    timeZone: "Europe/Madrid",
  };
  await rest(server.url, `/v1/users/${ada.userId}`, { method: "PATCH", token: admin.accessToken, body: held });
  await askForExport(server.url, ada);
  const { body } = await downloadExport(server.url, await receiveToken(server, ada.email, "export-ready"));
  expect(body.account).toMatchObject(held);
});

describe("the app's schemas", () => {
  const metadata = {
    public: z.strictObject({ theme: z.enum(["dark", "light"]).default("light") }),
    private: z.strictObject({ plan: z.enum(["free", "pro"]) }),
  };

  test("decide what is written, and errors name the place", async () => {
    await using server = await startGatehouse({ routers, metadata });
    const ada = await registerAccount(server.url);
    expect((await update(server.url, ada, { publicMetadata: {} })).body.publicMetadata).toEqual({ theme: "light" });
    const wrong = await update(server.url, ada, { publicMetadata: { theme: "pink", extra: 1 } });
    expect(wrong.body.errors).toEqual([
      { path: "publicMetadata.theme", message: "Must be one of: dark, light" },
      { path: "publicMetadata.extra", message: "Unknown field" },
    ]);
    const admin = await registerWithRoles(server);
    const byAdmin = { method: "PATCH", token: admin.accessToken, body: { privateMetadata: { plan: "gold" } } };
    const refused = await rest(server.url, `/v1/users/${ada.userId}`, byAdmin);
    expect([refused.status, refused.body.errors[0].path]).toEqual([400, "privateMetadata.plan"]);
    const { status } = await rest(server.url, "/rpc/plan.change", {
      token: ada.accessToken,
      body: { json: { plan: "gold" } },
    });
    expect(status).toBe(400);
  });
});

describe("the time zone", () => {
  test("may be given at registration", async () => {
    const { body } = await rest(shared().url, "/v1/auth/register", {
      body: { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery", timeZone: "utc" },
    });
    expect(body.user.timeZone).toBe("UTC");
  });

  test.each([
    ["Europe/Madrid", "Europe/Madrid"],
    ["europe/madrid", "Europe/Madrid"],
    ["UTC", "UTC"],
    [null, null],
  ])("%s is kept as %s", async (given, kept) => {
    const { url } = shared();
    const ada = await registerAccount(url);
    expect((await update(url, ada, { timeZone: given })).body.timeZone).toBe(kept);
  });

  test.each(["Mars/Olympus", "+01:00", "", "Europe/Madrid\0", "x".repeat(1000), 1])(
    "%j is INVALID_INPUT",
    async (timeZone) => {
      const { url } = shared();
      const ada = await registerAccount(url);
      const { status, body } = await update(url, ada, { timeZone });
      expect([status, body.errors[0].path]).toEqual([400, "timeZone"]);
    },
  );
});
