import { createClient } from "@gatehouse/client";
import { publicProcedure } from "@gatehouse/server";
import type { AppRouterWith } from "@gatehouse/server/api";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const defaultBytes = 65_536;
const pictureBytes = 300_000;
const filmBytes = 400_000;

const text = z.strictObject({ text: z.string() });
const size = z.object({ size: z.int() });

function taking(name: string, maxBodyBytes?: number) {
  return publicProcedure
    .meta({
      openapi: { method: "POST", path: `/v1/${name}`, tags: ["App"], summary: name },
      ...(maxBodyBytes === undefined ? {} : { maxBodyBytes }),
    })
    .input(text)
    .output(size)
    .mutation(({ input }) => ({ size: input.text.length }));
}

const routers = {
  app: { note: taking("note"), picture: taking("picture", pictureBytes), film: taking("film", filmBytes) },
};

/** A body of exactly so many bytes, over REST or over RPC. */
function bodyOf(bytes: number, wrap: (json: string) => string = (json) => json): string {
  const empty = wrap('{"text":""}');
  return empty.replace('""', () => `"${"x".repeat(bytes - empty.length)}"`);
}

const overRpc = (json: string) => `{"json":${json}}`;
const inBatch = (json: string) => `{"0":{"json":${json}}}`;

describe("the largest body of a call", () => {
  test.each([
    ["note", defaultBytes],
    ["picture", pictureBytes],
    ["film", filmBytes],
  ])("of app.%s is %i bytes, over REST, over RPC and alone in a batch", async (name, bytes) => {
    await using server = await startGatehouse({ routers });
    for (const [path, wrap] of [
      [`/v1/${name}`, (json: string) => json],
      [`/rpc/app.${name}`, overRpc],
      [`/rpc/app.${name}?batch=1`, inBatch],
    ] as const) {
      expect([path, (await rest(server.url, path, { body: bodyOf(bytes, wrap) })).status]).toEqual([path, 200]);
      const { status, body } = await rest(server.url, path, { body: bodyOf(bytes + 1, wrap) });
      const code = body.code ?? body.error.json.data.code;
      expect([path, status, code]).toEqual([path, 413, "PAYLOAD_TOO_LARGE"]);
    }
  });

  test.each([
    ["app.picture,app.film", pictureBytes],
    ["app.picture,app.note", defaultBytes],
    ["app.picture,ping", defaultBytes],
    ["app.picture,app.nobody", defaultBytes],
    ["app.nobody,app.nobody", defaultBytes],
  ])("of a batch of %s is the smallest limit of its procedures", async (paths, bytes) => {
    await using server = await startGatehouse({ routers });
    const path = `/rpc/${paths}?batch=1`;
    expect((await rest(server.url, path, { body: bodyOf(bytes, inBatch) })).status).not.toBe(413);
    expect((await rest(server.url, path, { body: bodyOf(bytes + 1, inBatch) })).status).toBe(413);
  });

  test("is what the operator sets, where that is more", async () => {
    await using server = await startGatehouse({ routers, environment: { MAX_BODY_BYTES: "350000" } });
    for (const [path, bytes] of [
      ["/v1/note", 350_000],
      ["/v1/picture", 350_000],
      ["/v1/film", filmBytes],
    ] as const) {
      expect((await rest(server.url, path, { body: bodyOf(bytes) })).status).toBe(200);
      expect((await rest(server.url, path, { body: bodyOf(bytes + 1) })).status).toBe(413);
    }
  });

  test("stands in the document", async () => {
    await using server = await startGatehouse({ routers, environment: { DOCS: "on" } });
    const { paths } = (await rest(server.url, "/openapi.json")).body;
    const described = (path: string) => paths[path].post.responses["413"].description;
    expect(described("/v1/note")).toContain("at most 65536 bytes");
    expect(described("/v1/picture")).toContain("at most 300000 bytes");
  });

  test("does not concern the client, when each of several calls is small enough", async () => {
    await using server = await startGatehouse({ routers });
    const client = createClient<AppRouterWith<typeof routers>>({ url: server.url });
    const sizes = await Promise.all([
      client.app.picture.mutate({ text: "x".repeat(250_000) }),
      client.app.note.mutate({ text: "é".repeat(30_000) }),
      ...Array.from({ length: 40 }, () => client.app.note.mutate({ text: "x".repeat(2_500) })),
    ]);
    expect(sizes.map((told) => told.size)).toEqual([250_000, 30_000, ...Array(40).fill(2_500)]);
  });
});
