import { beforeAll, describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { appVersionNumbers } from "../../packages/server/src/device/app-version.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { postgresUnreachable } from "../support/database.ts";
import { linkDevice, newInstallationId, registerDevice, signOut } from "../support/devices.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { clearAccounts, shareGatehouse } from "../support/shared-gatehouse.ts";

const shared = shareGatehouse();

type Query = Readonly<Record<string, string>>;

interface Page {
  readonly items: readonly {
    readonly id: string;
    readonly installationId: string;
    readonly appVersion: string;
    readonly userId: string | null;
  }[];
  readonly nextCursor: string | null;
}

async function readPage({ accessToken: token }: Pick<Account, "accessToken">, query: Query): Promise<Page> {
  const { status, body } = await rest(shared().url, `/v1/devices/search?${new URLSearchParams(query)}`, { token });
  expect([query, status]).toEqual([query, 200]);
  return body;
}

/** All pages of a search. */
async function readPages(by: Pick<Account, "accessToken">, query: Query): Promise<readonly Page[]> {
  const pages: Page[] = [];
  let cursor: string | null = null;
  do {
    const page: Page = await readPage(by, { limit: "2", ...query, ...(cursor === null ? {} : { cursor }) });
    pages.push(page);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return pages;
}

describe("an operator", () => {
  let admin: Account;
  let ada: Account;
  const phone = newInstallationId();
  const tablet = newInstallationId();
  const browser = newInstallationId();
  const anonymous = newInstallationId();
  const names: Readonly<Record<string, string>> = {
    [phone]: "phone",
    [tablet]: "tablet",
    [browser]: "browser",
    [anonymous]: "anonymous",
  };

  beforeAll(async () => {
    const { url, clock } = shared();
    admin = await registerWithRoles(shared());
    ada = await registerAccount(url);
    const link = (installationId: string, fields: object) => linkDevice(url, ada, { installationId, ...fields });
    await link(phone, {
      platform: "ios",
      name: "Ada's 100%_phone",
      appVersion: "2.3.0",
      locale: "es-MX",
      pushToken: "p",
    });
    clock.advance(300);
    await link(tablet, { platform: "android", model: "Pixel Tablet", appVersion: "2.10", locale: "es" });
    await rest(url, `/v1/devices/${tablet}`, { method: "PATCH", token: ada.accessToken, body: { muted: true } });
    clock.advance(300);
    await link(browser, { platform: "web", appVersion: "3.0-beta", locale: "en" });
    await signOut(url, ada);
    await registerDevice(url, anonymous, { platform: "android", appVersion: "2" });
  });

  /** The names of the devices that a search finds, the newest first. */
  const find = async (query: Query) => {
    const pages = await readPages(admin, query);
    return pages.flatMap(({ items }) => items.map(({ installationId }) => names[installationId]));
  };

  test("finds all devices with their users, the newest first", async () => {
    expect(await find({})).toEqual(["anonymous", "browser", "tablet", "phone"]);
    const { items } = await readPage(admin, {});
    expect(items.map(({ userId }) => userId)).toEqual([null, ada.userId, ada.userId, ada.userId]);
    expect(JSON.stringify(items)).not.toContain('"p"');
  });

  test.each<[Query, readonly string[]]>([
    [{ platform: "android" }, ["anonymous", "tablet"]],
    [{ pushService: "fcm" }, ["phone"]],
    [{ pushService: "apns" }, []],
    [{ active: "false" }, ["browser"]],
    [{ active: "true", platform: "web" }, []],
    [{ muted: "true" }, ["tablet"]],
    [{ locale: "es" }, ["tablet", "phone"]],
    [{ locale: "es-mx" }, ["phone"]],
    [{ minAppVersion: "2.3" }, ["tablet", "phone"]],
    [{ minAppVersion: "2.3.1" }, ["tablet"]],
    [{ maxAppVersion: "2.3" }, ["anonymous", "phone"]],
    [{ minAppVersion: "2.0", maxAppVersion: "2.9" }, ["anonymous", "phone"]],
    [{ minAppVersion: "4" }, []],
    [{ search: "PIXEL" }, ["tablet"]],
    [{ search: " 100%_ " }, ["phone"]],
    [{ search: "n".repeat(10_000) }, []],
    [{ search: "1_0" }, []],
    [{ search: "\\" }, []],
    [{ search: tablet.slice(2, 20) }, ["tablet"]],
    [{ search: phone }, ["phone"]],
    [{ search: crypto.randomUUID() }, []],
    [{ userId: crypto.randomUUID() }, []],
  ])("finds by %j", async (query, expected) => {
    expect(await find(query)).toEqual(expected);
  });

  test("finds the devices of a user, and one by its public id", async () => {
    expect(await find({ userId: ada.userId })).toEqual(["browser", "tablet", "phone"]);
    expect(await find({ userId: ada.userId, platform: "ios" })).toEqual(["phone"]);
    const { items } = await readPage(admin, { platform: "ios" });
    expect(await find({ search: String(items[0]?.id).toUpperCase() })).toEqual(["phone"]);
  });

  test("finds by when a device was last seen", async () => {
    const at = (seconds: number) => new Date(shared().clock.now().getTime() + seconds * 1000).toISOString();
    expect(await find({ lastSeenFrom: at(-300) })).toEqual(["anonymous", "browser", "tablet"]);
    expect(await find({ lastSeenFrom: at(-300), lastSeenTo: at(0) })).toEqual(["tablet"]);
    expect(await find({ lastSeenTo: at(-300) })).toEqual(["phone"]);
  });

  test("is told by name which field is wrong", async () => {
    for (const [field, value] of [
      ["minAppVersion", "2.3-beta"],
      ["maxAppVersion", "v3"],
      ["lastSeenFrom", "yesterday"],
      ["platform", "beos"],
      ["active", "perhaps"],
    ] as const) {
      const path = `/v1/devices/search?${new URLSearchParams({ [field]: value })}`;
      const { status, body } = await rest(shared().url, path, { token: admin.accessToken });
      expect([field, status, body.errors?.[0].path]).toEqual([field, 400, field]);
    }
  });

  test("needs the permission to read accounts", async () => {
    const user = await registerAccount(shared().url);
    expect((await rest(shared().url, "/v1/devices/search", { token: user.accessToken })).status).toBe(403);
    expect((await rest(shared().url, "/v1/devices/search")).status).toBe(401);
    const support = await registerWithRoles(shared(), ["support"]);
    expect((await rest(shared().url, "/v1/devices/search", { token: support.accessToken })).status).toBe(200);
  });
});

const versions = [
  "0",
  "0.0.0",
  "0.1",
  "1",
  "1.0",
  "1.0.1",
  "1.10",
  "1.9.9",
  "2.0.0.0.0.0.0.0",
  "007.010",
  "7.10",
  "123456789012345678.1",
  "1234567890123456789",
  "1.2.3.4.5.6.7.8.9",
  "",
  "1.",
  "1..2",
  "v1",
  "1.2-beta",
  "1\n",
  "١.٢",
];

test("versions are compared by PostgreSQL as by the server, and those that are no numbers are not found", async () => {
  await clearAccounts(shared());
  const admin = await registerWithRoles(shared());
  for (const version of versions) {
    await runSql(
      shared().gatehouse.deps.db,
      `insert into device (public_id, installation_id, platform, app_version, active, created_at, updated_at, last_seen_at)
        values (gen_random_uuid(), gen_random_uuid(), 'ios', '${version}', true, now(), now(), now())`,
    );
  }
  const comparable = versions.filter((version) => appVersionNumbers(version) !== undefined);
  expect(comparable).toHaveLength(12);
  const keyOf = (version: string) => appVersionNumbers(version)?.join(".");
  for (const version of comparable) {
    const pages = await readPages(admin, { limit: "100", minAppVersion: version, maxAppVersion: version });
    const found = pages.flatMap(({ items }) => items.map(({ appVersion }) => appVersion));
    const same = comparable.filter((other) => keyOf(other) === keyOf(version));
    expect([version, found.toSorted()]).toEqual([version, same.toSorted()]);
  }
});

describe.skipIf(postgresUnreachable)("a search among very many devices", () => {
  test("goes on behind a page that found less than it could, until it has looked at all", async () => {
    await clearAccounts(shared());
    const admin = await registerWithRoles(shared());
    // Two rare devices, far behind the newest and from one another.
    await shared().database?.query(
      `insert into device (public_id, installation_id, platform, active, created_at, updated_at, last_seen_at)
      select gen_random_uuid(), 'installation-' || n, case when n in (10, 30000) then 'macos' else 'ios' end, true, $1, $1, $1
      from generate_series(1, 60000) as n`,
      [shared().clock.now()],
    );
    const pages = await readPages(admin, { platform: "macos" });
    const found = pages.map(({ items }) => items.map(({ installationId }) => installationId));
    expect(found.flat()).toEqual(["installation-30000", "installation-10"]);
    expect(found.length).toBeLessThan(6);
    expect(await readPages(admin, { platform: "linux" })).toHaveLength(4);
  });
});
