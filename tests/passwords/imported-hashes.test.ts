import { pbkdf2Sync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { rehashOutdated } from "../../packages/server/src/auth/password/rehash.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { importAll } from "../support/imports.ts";
import { rest } from "../support/rest.ts";

const password = "correct horse";

/** Of this password, made by Werkzeug, passlib, bcrypt and argon2-cffi themselves. */
const hashes: readonly (readonly [what: string, hash: string])[] = [
  ["bcrypt", "$2b$04$7PCt5aNR1cMDS9eUn42iwe4RJC898WdtkprX/4raUy/I7YHe3RVrS"],
  [
    "Werkzeug's PBKDF2",
    "pbkdf2:sha256:1000$e7NR3oHETULZZ5NL$a4d2994ccfdd6652b765fb8e3234d95f30256416c0fb6e325691bee04769c023",
  ],
  ["passlib's PBKDF2", "$pbkdf2-sha256$1200$8B5jTKn1vvfe2zsHgPB.7w$IR2b2ZY8P1RcVuXxnRRLu7m1e9Wy7Rhkfo8e0SWFd.Y"],
  [
    "Werkzeug's scrypt",
    "scrypt:32768:8:1$N6Dxt33GXlC7TXf2$83fa7d8918babfdfdd87d867d4df759f90a77f95bc95b2cedd0bce204f5af25ae926715c768a1d3e0b52e3ada2390282ef2c0f12f2eb9f979612f4333afec4b9",
  ],
  ["Argon2d", "$argon2d$v=19$m=512,t=3,p=2$c29tZXNhbHQtb2YtMTZieQ$LRkppqBNx64vdCfHN8hefh+9FTGWkFds"],
];

const email = "ada@example.com";
const own = /^\$argon2id\$v=19\$m=8192,t=1,p=1\$/;

const login = (server: TestGatehouse, presented: string) =>
  rest(server.url, "/v1/auth/login", { body: { identifier: email, password: presented } });

async function storedHash({ gatehouse }: TestGatehouse): Promise<string> {
  const { hash } = await gatehouse.deps.db.selectFrom("password").select("hash").executeTakeFirstOrThrow();
  return hash;
}

describe("a user who was imported with a hash", () => {
  test.each(hashes)("%s signs in with their password, and has a Gatehouse hash from then on", async (_what, hash) => {
    await using server = await startGatehouse();
    await importAll(server.gatehouse.deps.db, [{ email, passwordHash: hash }]);
    expect((await login(server, "correct Horse")).status).toBe(401);
    expect(await storedHash(server)).toBe(hash);
    expect((await login(server, password)).status).toBe(200);
    expect(await storedHash(server)).toMatch(own);
    expect((await login(server, password)).status).toBe(200);
    expect((await login(server, "correct Horse")).status).toBe(401);
  });

  test("with a password longer than 72 bytes keeps the hash, so that later bytes typed differently lock nobody out", async () => {
    await using server = await startGatehouse();
    const bytes72 = "ü".repeat(36);
    const hash = "$2b$04$xhEJJwDtXqGpnSzwX0/bh.hGIG8V5vkp7LWBWe9k3.qiul0yH0q52";
    await importAll(server.gatehouse.deps.db, [{ email, passwordHash: hash }]);
    expect((await login(server, `${bytes72} and mroe`)).status).toBe(200);
    expect(await storedHash(server)).toBe(hash);
    expect((await login(server, `${bytes72} and more`)).status).toBe(200);
    expect((await login(server, bytes72)).status).toBe(200);
    expect(await storedHash(server)).toMatch(own);
  });

  test("whose keyboard types the password decomposed signs in, and afterwards in every normal form", async () => {
    await using server = await startGatehouse();
    const typed = "cafe\u0301 noir";
    const digest = pbkdf2Sync(typed, "salt", 1000, 32, "sha256").toString("hex");
    await importAll(server.gatehouse.deps.db, [{ email, passwordHash: `pbkdf2:sha256:1000$salt$${digest}` }]);
    expect((await login(server, typed)).status).toBe(200);
    expect((await login(server, typed.normalize("NFC"))).status).toBe(200);
  });

  test("signs in every time, when signing in many times at once", async () => {
    await using server = await startGatehouse();
    const [[, hash = ""] = []] = hashes;
    await importAll(server.gatehouse.deps.db, [{ email, passwordHash: hash }]);
    const answers = await Promise.all(Array.from({ length: 8 }, () => login(server, password)));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    expect(await storedHash(server)).toMatch(own);
  });

  test("keeps a password that was changed while the old one was being rehashed", async () => {
    await using server = await startGatehouse();
    const { db, passwords } = server.gatehouse.deps;
    const [[, hash = ""] = []] = hashes;
    await importAll(db, [{ email, passwordHash: hash }]);
    const changed = await passwords.hash("another horse");
    const { user_id: userId } = await db.selectFrom("password").select("user_id").executeTakeFirstOrThrow();
    const slow = {
      ...passwords,
      async hash(text: string) {
        await db.updateTable("password").set({ hash: changed }).execute();
        return await passwords.hash(text);
      },
    };
    await rehashOutdated({ db, passwords: slow }, { userId, password, hash });
    expect(await storedHash(server)).toBe(changed);
  });
});

test("a Gatehouse hash of another cost is replaced at the next login", async () => {
  await using server = await startGatehouse();
  const { db } = server.gatehouse.deps;
  // By argon2-cffi, at a cost that is not the server's.
  const cheaper = "$argon2id$v=19$m=512,t=3,p=2$c29tZXNhbHQtb2YtMTZieQ$Yha4psT8rvFBrXEVMtLSdq2M/t1P9tZ0";
  await importAll(db, [{ email, passwordHash: cheaper }]);
  expect((await login(server, password)).status).toBe(200);
  expect(await storedHash(server)).toMatch(own);
});
