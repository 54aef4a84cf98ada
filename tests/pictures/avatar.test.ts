import { createClient } from "@gatehouse/client";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { openBucket } from "../support/bucket.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { picture, upload } from "../support/images.ts";
import { settle } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { share, shareGatehouse } from "../support/shared-gatehouse.ts";

const publicUrl = "http://gatehouse.test";

/** Gets a picture by its public address, without following redirects. */
async function get({ url }: Pick<TestGatehouse, "url">, address: string, headers: Record<string, string> = {}) {
  return await fetch(address.replace(publicUrl, url), { headers, redirect: "manual" });
}

const shared = shareGatehouse();

describe("a picture", () => {
  test("is a square WebP in two sizes, at an address that is cached for ever", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { status, body } = await upload(server.url, ada, await picture());
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: ada.userId,
      avatarUrl: expect.stringContaining(`/v1/users/${ada.userId}/avatar?`),
    });
    for (const [suffix, size] of [
      ["", 256],
      ["&size=256", 256],
      ["&size=64", 64],
    ] as const) {
      const response = await get(server, body.avatarUrl + suffix);
      expect(response.headers.get("content-type")).toBe("image/webp");
      expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
      expect(response.headers.get("x-content-type-options")).toBe("nosniff");
      expect(await sharp(await response.bytes()).metadata()).toMatchObject({
        format: "webp",
        width: size,
        height: size,
      });
    }
  });

  test("is the same for every way to send it: raw, as bytes, in a form, and by the client", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const image = await picture();
    const form = new FormData();
    form.append("title", "me");
    form.append("file", new Blob([image], { type: "text/html" }), "../../me.html");
    const raw = await upload(server.url, ada, image);
    const bytes = await upload(server.url, ada, image, "application/octet-stream");
    const inForm = await upload(server.url, ada, form);
    const client = createClient({ url: server.url });
    await client.auth.login.mutate({ identifier: ada.email, password: ada.password });
    const [asBytes, asBlob] = [
      await client.user.setAvatar.mutate(image),
      await client.user.setAvatar.mutate(new Blob([image])),
    ];
    const addresses = [raw, bytes, inForm].map(({ body }) => body.avatarUrl);
    expect(new Set([...addresses, asBytes.avatarUrl, asBlob.avatarUrl]).size).toBe(1);
    expect((await client.user.me.query()).avatarUrl).toBe(raw.body.avatarUrl);
  });

  test("has another address once it is another, and its old address leads to the new one", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const first = await upload(server.url, ada, await picture());
    const second = await upload(server.url, ada, await picture({ colour: "blue" }));
    expect(second.body.avatarUrl).not.toBe(first.body.avatarUrl);
    for (const old of [first.body.avatarUrl, `${publicUrl}/v1/users/${ada.userId}/avatar`]) {
      const response = await get(server, old);
      expect([response.status, response.headers.get("cache-control")]).toEqual([302, "no-cache"]);
      expect(`${publicUrl}${response.headers.get("location")}`).toBe(`${second.body.avatarUrl}&size=256`);
    }
  });

  test("is not sent again to a cache that has it", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { body } = await upload(server.url, ada, await picture());
    const tag = (await get(server, body.avatarUrl)).headers.get("etag") ?? "";
    expect((await get(server, body.avatarUrl, { "if-none-match": tag })).status).toBe(304);
    expect((await get(server, `${body.avatarUrl}&size=64`, { "if-none-match": tag })).status).toBe(200);
  });

  test("can be removed, more than once", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { body } = await upload(server.url, ada, await picture());
    for (let time = 0; time < 2; time++) {
      const remove = { method: "DELETE", token: ada.accessToken };
      expect((await rest(server.url, "/v1/users/me/avatar", remove)).status).toBe(204);
    }
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).body.avatarUrl).toBeNull();
    expect((await get(server, body.avatarUrl)).status).toBe(404);
  });

  test.each(["not-an-id", crypto.randomUUID()])("of %s is not found", async (id) => {
    const server = shared();
    expect((await rest(server.url, `/v1/users/${id}/avatar`)).body.code).toBe("NOT_FOUND");
  });

  test("in a size that there is not is INVALID_INPUT", async () => {
    const server = shared();
    const { status, body } = await rest(server.url, `/v1/users/${crypto.randomUUID()}/avatar?size=1000`);
    expect([status, body.errors]).toEqual([400, [{ path: "size", message: "Must be one of: 64, 256" }]]);
  });

  test.each(["disabled", "deleted"])("of a %s account is not shown", async (state) => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const { body } = await upload(server.url, ada, await picture());
    const change = state === "disabled" ? { status: "disabled" as const } : { deleted_at: server.clock.now() };
    await server.gatehouse.deps.db.updateTable("user").set(change).where("public_id", "=", ada.userId).execute();
    expect((await get(server, body.avatarUrl)).status).toBe(404);
  });
});

const countPictures = async ({ gatehouse }: TestGatehouse) => {
  const pictures = await gatehouse.deps.db.selectFrom("picture").selectAll().execute();
  const contents = await gatehouse.deps.db.selectFrom("picture_content").select("size").execute();
  return [pictures.length, contents.length];
};

describe("files that nobody sees any more are deleted", () => {
  test("when a picture is replaced or removed", async () => {
    await using server = await startGatehouse();
    const ada = await registerAccount(server.url);
    await upload(server.url, ada, await picture());
    await upload(server.url, ada, await picture({ colour: "blue" }));
    await settle(server);
    expect(await countPictures(server)).toEqual([1, 2]);
    await rest(server.url, "/v1/users/me/avatar", { method: "DELETE", token: ada.accessToken });
    await settle(server);
    expect(await countPictures(server)).toEqual([0, 0]);
  });

  test("when many uploads of a user arrive at once: one picture is left, and it is shown", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_UPLOADS_PER_USER: "0" } });
    const ada = await registerAccount(server.url);
    const images = await Promise.all(["red", "green", "blue", "grey", "gold"].map((colour) => picture({ colour })));
    const answers = await Promise.all(images.map((image) => upload(server.url, ada, image)));
    expect(answers.map(({ status }) => status)).toEqual(images.map(() => 200));
    await settle(server);
    expect(await countPictures(server)).toEqual([1, 2]);
    const { body } = await rest(server.url, "/v1/users/me", { token: ada.accessToken });
    expect((await get(server, body.avatarUrl)).status).toBe(200);
  });

  test("when the account is erased, and when an upload was not completed within the hour", async () => {
    await using server = await startGatehouse();
    const { db } = server.gatehouse.deps;
    const [ada, bob] = [await registerAccount(server.url), await registerAccount(server.url)];
    await upload(server.url, ada, await picture());
    await db.deleteFrom("user").where("public_id", "=", ada.userId).execute();
    const now = server.clock.now();
    const lost = { id: crypto.randomUUID(), user_id: null, storage: "database" as const, created_at: now };
    await db
      .insertInto("picture")
      .values({ ...lost, delete_after: now })
      .execute();
    await upload(server.url, bob, await picture());
    await settle(server);
    expect(await countPictures(server)).toEqual([1, 2]);
  });
});

describe("in a bucket", () => {
  const bucket = share(openBucket);

  test("a picture is written, shown and deleted", async () => {
    await using server = await startGatehouse({ environment: bucket().environment });
    const ada = await registerAccount(server.url);
    const { body } = await upload(server.url, ada, await picture());
    expect((await bucket().keys()).map((key) => key.split("/").at(-1)).toSorted()).toEqual(["256.webp", "64.webp"]);
    const response = await get(server, `${body.avatarUrl}&size=64`);
    expect(await sharp(await response.bytes()).metadata()).toMatchObject({ format: "webp", width: 64 });
    await rest(server.url, "/v1/users/me/avatar", { method: "DELETE", token: ada.accessToken });
    await settle(server);
    expect(await bucket().keys()).toEqual([]);
    expect(await countPictures(server)).toEqual([0, 0]);
  });

  test("older pictures stay where they were", async () => {
    await using before = await startGatehouse();
    const ada = await registerAccount(before.url);
    const { body } = await upload(before.url, ada, await picture());
    if (before.database === undefined) return;
    await using after = await startGatehouse({ database: before.database, environment: bucket().environment });
    expect((await get(after, body.avatarUrl)).status).toBe(200);
  });

  test("with a wrong key, an upload fails as an error of the server and changes nothing", async () => {
    const environment = { ...bucket().environment, S3_SECRET_ACCESS_KEY: "wrong" };
    await using server = await startGatehouse({ environment });
    const ada = await registerAccount(server.url);
    const { status, body } = await upload(server.url, ada, await picture());
    expect([status, body.code]).toEqual([500, "INTERNAL_ERROR"]);
    expect(JSON.stringify(body)).not.toContain("SignatureDoesNotMatch");
    expect((await rest(server.url, "/v1/users/me", { token: ada.accessToken })).body.avatarUrl).toBeNull();
  });
});
