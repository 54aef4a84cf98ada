import { authedProcedure, GatehouseError, permissionProcedure, publicProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { giveRoles, registerWithRoles } from "../support/administrators.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const tags = ["Things"];
const idInput = z.strictObject({ id: z.string().max(50) });

/** What an app might mount: a thing by its id beside one by name, in the order that hides it, and inputs of all kinds. */
const things = {
  get: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/things/{id}", tags, summary: "A thing" } })
    .input(idInput)
    .output(z.object({ id: z.string() }))
    .query(({ input }) => input),
  mine: authedProcedure
    .meta({ openapi: { method: "GET", path: "/v1/things/mine", tags, summary: "My things" } })
    .input(z.void())
    .output(z.object({ owner: z.string() }))
    .query(({ ctx }) => ({ owner: ctx.actor.userPublicId })),
  remove: publicProcedure
    .meta({
      openapi: { method: "DELETE", path: "/v1/things/{id}", tags, summary: "Remove a thing" },
      errors: ["NOT_FOUND"],
    })
    .input(idInput)
    .output(z.void())
    .mutation(({ input }) => {
      if (input.id !== "known") throw new GatehouseError("NOT_FOUND", { detail: `There is no thing ${input.id}.` });
    }),
  create: publicProcedure
    .meta({ openapi: { method: "POST", path: "/v1/things", tags, summary: "Make a thing" }, successStatus: 201 })
    .input(z.strictObject({ size: z.number(), flag: z.boolean() }))
    .output(z.object({ size: z.number(), flag: z.boolean() }))
    .mutation(({ input }) => input),
  numbered: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/numbered/{number}", tags, summary: "A thing by its number" } })
    .input(z.strictObject({ number: z.int() }))
    .output(z.object({ number: z.int() }))
    .query(({ input }) => input),
  search: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/search", tags, summary: "Things that match" } })
    .input(
      z.strictObject({
        text: z.string().optional(),
        limit: z.number().min(-5).max(100).default(20),
        exact: z.boolean().default(false),
        ids: z.array(z.int()).optional(),
        kinds: z.array(z.enum(["big", "small"])).optional(),
      }),
    )
    .output(
      z.object({
        text: z.string().optional(),
        limit: z.number(),
        exact: z.boolean(),
        ids: z.array(z.int()).optional(),
        kinds: z.array(z.string()).optional(),
      }),
    )
    .query(({ input }) => input),
  send: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/things/{id}/send",
        tags,
        summary: "Send a thing, once",
        headers: { idempotencyKey: "Idempotency-Key", copies: "X-Copies" },
      },
    })
    .input(idInput.extend({ to: z.string(), idempotencyKey: z.string().min(8), copies: z.int().optional() }))
    .output(z.object({ id: z.string(), to: z.string(), idempotencyKey: z.string(), copies: z.int().optional() }))
    .mutation(({ input }) => input),
  changed: publicProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/changed",
        tags,
        summary: "What changed",
        headers: { since: "If-Modified-Since" },
      },
    })
    .input(z.strictObject({ since: z.string().optional() }))
    .output(z.object({ since: z.string().optional() }))
    .query(({ input }) => input),
  rule: permissionProcedure("things:rule")
    .meta({ openapi: { method: "POST", path: "/v1/rule", tags, summary: "For administrators" } })
    .input(z.void())
    .output(z.object({ ruler: z.string() }))
    .mutation(({ ctx }) => ({ ruler: ctx.actor.userPublicId })),
  fail: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/fail", tags, summary: "Always fails" } })
    .input(z.void())
    .output(z.void())
    .query(() => {
      throw new Error("the secret inside, at line 1 of select * from user");
    }),
  lie: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v1/lie", tags, summary: "Answers with something else than it says" } })
    .input(z.void())
    .output(z.object({ truth: z.string() }))
    // What its output promises is not there, as happens when a table holds what nobody expected.
    .query(() => ({ truth: JSON.parse("7") })),
};

const routers = { things };

const lines: string[] = [];
const shared = shareGatehouse({ routers, environment: { DOCS: "on" }, onLog: (line) => lines.push(line) });

describe("an address with a parameter", () => {
  test("does not hide a literal address beside it", async () => {
    const server = shared();
    const { accessToken: token, userId } = await registerAccount(server.url);
    expect((await rest(server.url, "/v1/things/mine", { token })).body).toEqual({ owner: userId });
    expect((await rest(server.url, "/v1/things/yours", { token })).body).toEqual({ id: "yours" });
    expect((await rest(server.url, "/v1/things/mine")).status).toBe(401);
  });

  test("is decoded", async () => {
    const server = shared();
    for (const [encoded, id] of [
      ["a%20b", "a b"],
      ["caf%C3%A9", "café"],
      ["a%2Fb", "a/b"],
      ["100%25", "100%"],
      ["%F0%9F%94%91", "🔑"],
      ["a+b", "a+b"],
      ["%3Fx%3D1%23", "?x=1#"],
    ]) {
      const { status, body } = await rest(server.url, `/v1/things/${encoded}`);
      expect([status, body]).toEqual([200, { id }]);
    }
  });

  test("becomes a number when the input expects one", async () => {
    const server = shared();
    expect((await rest(server.url, "/v1/numbered/42")).body).toEqual({ number: 42 });
    for (const wrong of ["x", "1.5", "0x10", "1e3", "%20"]) {
      const { status, body } = await rest(server.url, `/v1/numbered/${wrong}`);
      expect([status, body.errors[0].path]).toEqual([400, "number"]);
    }
  });

  test("refuses the same field in the query or the body", async () => {
    const server = shared();
    const twice = await rest(server.url, "/v1/things/a?id=b");
    expect([twice.status, twice.body.errors[0].path]).toEqual([400, "id"]);
    const inBody = await rest(server.url, "/v1/things/known", { method: "DELETE", body: { id: "b" } });
    expect([inBody.status, inBody.body.errors[0].path]).toEqual([400, "id"]);
  });
});

describe("a query string", () => {
  test("is read as its schema says", async () => {
    const server = shared();
    for (const [query, expected] of [
      ["exact=false", { limit: 20, exact: false }],
      ["exact=true", { limit: 20, exact: true }],
      ["limit=5", { limit: 5, exact: false }],
      ["limit=-1.5", { limit: -1.5, exact: false }],
      ["text=5", { text: "5", limit: 20, exact: false }],
      ["text=false", { text: "false", limit: 20, exact: false }],
      ["text=", { text: "", limit: 20, exact: false }],
      ["text=a+b%26c", { text: "a b&c", limit: 20, exact: false }],
      ["ids=1", { ids: [1], limit: 20, exact: false }],
      ["ids=1&ids=2", { ids: [1, 2], limit: 20, exact: false }],
      ["kinds=small&kinds=big", { kinds: ["small", "big"], limit: 20, exact: false }],
    ]) {
      const { status, body } = await rest(server.url, `/v1/search?${query}`);
      expect([query, status, body]).toEqual([query, 200, expected]);
    }
  });

  test("that its schema does not allow gets 400 with the names that the caller sent or can send", async () => {
    const server = shared();
    for (const [query, path] of [
      ["limit=x", "limit"],
      ["limit=", "limit"],
      ["limit=101", "limit"],
      ["limit=1&limit=2", "limit"],
      ["limit=null", "limit"],
      ["exact=yes", "exact"],
      ["exact=1", "exact"],
      ["exact=", "exact"],
      ["exact=TRUE", "exact"],
      ["ids=1&ids=x", "ids.1"],
      ["kinds=medium", "kinds.0"],
      ["text=a&text=b", "text"],
    ]) {
      const { status, body } = await rest(server.url, `/v1/search?${query}`);
      expect([query, status, body.code, body.errors[0].path]).toEqual([query, 400, "INVALID_INPUT", path]);
    }
  });

  test("becomes numbers and booleans for REST only: RPC still refuses text in their place", async () => {
    const server = shared();
    for (let round = 0; round < 2; round++) {
      for (const wrong of [{ exact: "false" }, { exact: "true" }, { limit: "5" }, { ids: ["1"] }, { ids: 1 }]) {
        const input = encodeURIComponent(JSON.stringify({ json: wrong }));
        const { status, body } = await rest(server.url, `/rpc/things.search?input=${input}`);
        expect([wrong, status, body.error?.json.data.code]).toEqual([wrong, 400, "INVALID_INPUT"]);
      }
      expect((await rest(server.url, "/v1/search?exact=false&limit=5&ids=1")).status).toBe(200);
    }
  });

  test("differs from a body, where text stays text", async () => {
    const server = shared();
    const text = await rest(server.url, "/v1/things", { body: { size: "5", flag: "false" } });
    expect(text.body.errors.map(({ path }: { path: string }) => path)).toEqual(["size", "flag"]);
    const { status, body } = await rest(server.url, "/v1/things", { body: { size: 5, flag: false } });
    expect([status, body]).toEqual([201, { size: 5, flag: false }]);
  });
});

describe("a header that an operation names", () => {
  const send = (url: string, headers: Record<string, string>, body: object = { to: "ada" }) =>
    rest(url, "/v1/things/a/send", { method: "POST", headers, body });

  test("is a field of the input, read as its schema says", async () => {
    const server = shared();
    const sent = await send(server.url, { "idempotency-key": "12345678", "x-copies": "2" });
    expect([sent.status, sent.body]).toEqual([200, { id: "a", to: "ada", idempotencyKey: "12345678", copies: 2 }]);
    const once = await send(server.url, { "IDEMPOTENCY-KEY": "12345678" });
    expect(once.body).toEqual({ id: "a", to: "ada", idempotencyKey: "12345678" });
    const changed = await rest(server.url, "/v1/changed", { headers: { "if-modified-since": "now" } });
    expect(changed.body).toEqual({ since: "now" });
    expect((await rest(server.url, "/v1/changed")).body).toEqual({});
  });

  test("that is missing, wrong or elsewhere gets 400 with the field's name", async () => {
    const server = shared();
    const key = { "idempotency-key": "12345678" };
    for (const [answer, path] of [
      [await send(server.url, {}), "Idempotency-Key"],
      [await send(server.url, { "idempotency-key": "short" }), "Idempotency-Key"],
      [await send(server.url, { ...key, "x-copies": "many" }), "X-Copies"],
      [await send(server.url, key, { to: "ada", idempotencyKey: "12345678" }), "idempotencyKey"],
      [await send(server.url, {}, { to: "ada", idempotencyKey: "12345678" }), "idempotencyKey"],
      [await send(server.url, key, { to: "ada", copies: 2 }), "copies"],
      [await rest(server.url, "/v1/changed?since=now"), "since"],
    ] as const) {
      expect([answer.status, answer.body.code, answer.body.errors[0].path]).toEqual([400, "INVALID_INPUT", path]);
    }
  });

  test("stands in the document as a header, and nowhere else", async () => {
    const server = shared();
    const { paths } = (await rest(server.url, "/openapi.json")).body;
    const { post } = paths["/v1/things/{id}/send"];
    const inHeader = post.parameters.filter((parameter: { in: string }) => parameter.in === "header");
    expect(inHeader).toMatchObject([
      { name: "Idempotency-Key", required: true, schema: { type: "string", minLength: 8 } },
      { name: "X-Copies", required: false, schema: { type: "integer" } },
    ]);
    const { schema } = post.requestBody.content["application/json"];
    expect([Object.keys(schema.properties), schema.required]).toEqual([["to"], ["to"]]);
    expect(paths["/v1/changed"].get.parameters).toMatchObject([{ in: "header", name: "If-Modified-Since" }]);
  });

  test("is a plain field over RPC", async () => {
    const server = shared();
    const input = { id: "a", to: "ada", idempotencyKey: "12345678" };
    const { body } = await rest(server.url, "/rpc/things.send", { body: { json: input } });
    expect(body.result.data.json).toEqual(input);
  });
});

describe("a procedure for administrators", () => {
  const rule = (url: string, token?: string) =>
    rest(url, "/v1/rule", { method: "POST", ...(token === undefined ? {} : { token }) });

  test("answers 403 to a user and 401 to nobody", async () => {
    const server = shared();
    const { accessToken } = await registerAccount(server.url);
    const user = await rule(server.url, accessToken);
    expect([user.status, user.body.code]).toEqual([403, "FORBIDDEN"]);
    expect((await rule(server.url)).status).toBe(401);
    const overRpc = await rest(server.url, "/rpc/things.rule", { body: { json: null }, token: accessToken });
    expect([overRpc.status, overRpc.body.error.json.data.code]).toEqual([403, "FORBIDDEN"]);
  });

  test("is marked in the document", async () => {
    const server = shared();
    const { paths } = (await rest(server.url, "/openapi.json")).body;
    expect(paths["/v1/rule"].post.responses["403"].description).toContain("FORBIDDEN");
  });

  test("serves an administrator, from the appointment until its end", async () => {
    const server = shared();
    const { accessToken, userId } = await registerAccount(server.url);
    // Besides the last administrator, who would stay.
    await registerWithRoles(server);
    await giveRoles(server, userId, ["admin"]);
    expect((await rule(server.url, accessToken)).body).toEqual({ ruler: userId });
    await giveRoles(server, userId, []);
    expect((await rule(server.url, accessToken)).status).toBe(403);
  });
});

describe("an app's procedure that fails", () => {
  test.each(["fail", "lie"])("unexpectedly (%s) answers 500, and only the log has the reason", async (name) => {
    const server = shared();
    const { status, headers, body } = await rest(server.url, `/v1/${name}`);
    const requestId = headers.get("x-request-id");
    expect([status, body]).toEqual([
      500,
      {
        type: "http://gatehouse.test/docs/errors/INTERNAL_ERROR",
        title: "Internal error",
        status: 500,
        detail: "Internal error",
        code: "INTERNAL_ERROR",
        requestId,
      },
    ]);
    const overRpc = await rest(server.url, `/rpc/things.${name}`);
    expect(overRpc.body.error.json.message).toBe("Internal error");
    expect(JSON.stringify(overRpc.body)).not.toMatch(/secret|select|stack/);
    const logged = lines
      .map((line) => JSON.parse(line))
      .find((line) => line.requestId === requestId && line.level === 50);
    expect(logged).toMatchObject({ procedure: `things.${name}`, err: { stack: expect.stringContaining("at ") } });
  });

  test("on purpose answers with its code and detail", async () => {
    const server = shared();
    const { status, body } = await rest(server.url, "/v1/things/unknown", { method: "DELETE" });
    expect([status, body.code, body.detail]).toEqual([404, "NOT_FOUND", "There is no thing unknown."]);
    expect((await rest(server.url, "/v1/things/known", { method: "DELETE" })).status).toBe(204);
  });
});

describe.skipIf(postgresUnreachable)("a router that an app mounts", () => {
  const ping = (path: `/${string}`) =>
    publicProcedure
      .meta({ openapi: { method: "GET", path, tags, summary: "Another ping" } })
      .input(z.void())
      .output(z.void())
      .query(() => undefined);

  test("cannot use a name or an address of Gatehouse's", async () => {
    await using database = await createTestDatabase();
    await expect(startGatehouse({ database, routers: { auth: {} } })).rejects.toThrow(/auth/);
    await expect(startGatehouse({ database, routers: { other: ping("/v1/ping") } })).rejects.toThrow(/GET \/v1\/ping/);
    await expect(startGatehouse({ database, routers: { a: ping("/v1/{x}") } })).rejects.toThrow(/\{x\}/);
  });
});
