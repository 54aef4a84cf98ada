import { authedProcedure, publicProcedure } from "@gatehouse/server";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const tags = ["People"];
const people = new Map([["a b", { given: "Ada", family: "Lovelace" }]]);

function findPerson(id: string) {
  return people.get(id) ?? { given: "", family: "" };
}

/** As docs/guides/versions.md shows: the old version and the new one call the same rule, and the old one keeps its answer. */
const person = {
  get: publicProcedure
    .meta({
      openapi: { method: "GET", path: "/v1/people/{id}", tags, summary: "A person", description: "With one name." },
      deprecation: { since: "2026-11-30", sunset: "2027-06-30", successor: "person.getV2" },
    })
    .input(z.strictObject({ id: z.string().max(50) }))
    .output(z.object({ name: z.string() }))
    .query(({ input }) => {
      const { given, family } = findPerson(input.id);
      return { name: `${given} ${family}` };
    }),
  getV2: publicProcedure
    .meta({ openapi: { method: "GET", path: "/v2/people/{id}", tags, summary: "A person" } })
    .input(z.strictObject({ id: z.string().max(50) }))
    .output(z.object({ givenName: z.string(), familyName: z.string() }))
    .query(({ input }) => {
      const { given, family } = findPerson(input.id);
      return { givenName: given, familyName: family };
    }),
  rename: authedProcedure
    .meta({
      openapi: { method: "POST", path: "/v1/people/{id}/name", tags, summary: "Rename a person" },
      deprecation: { since: "2026-12-01" },
    })
    .input(z.strictObject({ id: z.string().max(50), name: z.string() }))
    .output(z.void())
    .mutation(() => undefined),
};

const shared = shareGatehouse({
  routers: { person },
  environment: { DOCS: "on", CORS_ORIGINS: "https://app.example.com" },
});

const deprecatedFrom = `@${Date.UTC(2026, 10, 30) / 1000}`;

describe("two versions of an operation", () => {
  test("are both served, each with its own answer", async () => {
    const { url } = shared();
    expect((await rest(url, "/v1/people/a%20b")).body).toEqual({ name: "Ada Lovelace" });
    expect((await rest(url, "/v2/people/a%20b")).body).toEqual({ givenName: "Ada", familyName: "Lovelace" });
    const input = encodeURIComponent(JSON.stringify({ json: { id: "a b" } }));
    const [old, fresh] = await Promise.all([
      rest(url, `/rpc/person.get?input=${input}`),
      rest(url, `/rpc/person.getV2?input=${input}`),
    ]);
    expect([old.body.result.data.json, fresh.body.result.data.json]).toEqual([
      { name: "Ada Lovelace" },
      { givenName: "Ada", familyName: "Lovelace" },
    ]);
  });

  test("are both in the document, where the old one is deprecated and names the new one", async () => {
    const { paths } = (await rest(shared().url, "/openapi.json")).body;
    expect(paths["/v1/people/{id}"].get).toMatchObject({
      operationId: "person.get",
      deprecated: true,
      description:
        "Deprecated since 2026-11-30. Use `GET /v2/people/{id}` instead. It may be gone from 2027-06-30.\n\nWith one name.",
    });
    expect(paths["/v1/people/{id}/name"].post.description).toBe("Deprecated since 2026-12-01.");
    expect(paths["/v2/people/{id}"].get).toMatchObject({ operationId: "person.getV2" });
    expect(paths["/v2/people/{id}"].get.deprecated).toBeUndefined();
  });

  test("differ in their headers: the old one says since when, until when and what to call instead", async () => {
    const { url } = shared();
    const { headers } = await rest(url, "/v1/people/a%20b");
    expect([headers.get("deprecation"), headers.get("sunset"), headers.get("link")]).toEqual([
      deprecatedFrom,
      "Wed, 30 Jun 2027 00:00:00 GMT",
      '</v2/people/a%20b>; rel="successor-version"',
    ]);
    for (const path of ["/v2/people/a%20b", "/v1/ping"]) {
      const other = await rest(url, path);
      expect([path, other.headers.get("deprecation"), other.headers.get("sunset")]).toEqual([path, null, null]);
    }
  });
});

describe("a deprecated operation", () => {
  test("says so in its refusals too", async () => {
    const { url } = shared();
    const { accessToken: token } = await registerAccount(url);
    const path = "/v1/people/a/name";
    const refused = [
      await rest(url, path, { body: { name: "Ada" } }),
      await rest(url, path, { token, body: { wrong: true } }),
      await rest(url, path, { token, method: "POST", headers: { "content-type": "text/plain" } }),
    ];
    const saved = await rest(url, path, { token, body: { name: "Ada" } });
    expect([...refused, saved].map(({ status }) => status)).toEqual([401, 400, 415, 204]);
    for (const { headers } of [...refused, saved]) {
      expect([headers.get("deprecation"), headers.get("sunset"), headers.get("link")]).toEqual([
        `@${Date.UTC(2026, 11, 1) / 1000}`,
        null,
        null,
      ]);
    }
  });

  test("shows its headers to scripts of allowed origins", async () => {
    const { headers } = await rest(shared().url, "/v1/people/a", { headers: { origin: "https://app.example.com" } });
    const exposed = headers.get("access-control-expose-headers")?.split(", ") ?? [];
    expect(exposed).toEqual(expect.arrayContaining(["Deprecation", "Link", "Sunset"]));
  });
});

describe.skipIf(postgresUnreachable)("a deprecation that makes no sense", () => {
  test.each([
    [{ since: "soon" }, '"soon"'],
    [{ since: "2026-02-30" }, '"2026-02-30"'],
    [{ since: "2026-11-30", sunset: "2026-11-29" }, "sunset before"],
    [{ since: "2026-11-30", successor: "person.getV3" }, "person.getV3"],
  ])("%o keeps the server from starting", async (deprecation, reason) => {
    await using database = await createTestDatabase();
    const old = publicProcedure
      .meta({ openapi: { method: "GET", path: "/v1/old", tags, summary: "Old" }, deprecation })
      .input(z.void())
      .output(z.void())
      .query(() => undefined);
    await expect(startGatehouse({ database, routers: { old } })).rejects.toThrow(reason);
  });
});
