import { describe, expect, test } from "vitest";
import { createTestDatabase, postgresUnreachable, type TestDatabase } from "../support/database.ts";
import { linkDevice, newInstallationId, registerDevice, unlinkDevice } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { linkKinds, type Redemption } from "../support/links.ts";
import { readHolders } from "../support/push-tokens.ts";
import { type Account, type RestResponse, registerAccount, rest } from "../support/rest.ts";

const rounds = 8;

/** An account with devices of its own, and a link that ends what is set up on it. */
interface Owner {
  readonly account: Account;
  readonly redemption: Redemption;
  readonly token: string;
  readonly installationIds: readonly [string, string, string];
}

const sharedToken = "a token that no device had";

const tokenOf = (installationId: string) => `the first token of ${installationId}`;

const password = "another horse staple";

/** Each proof of an address that ends sessions and devices, with what its reader says. */
const endings: readonly { readonly name: string; readonly fields: object }[] = [
  { name: "magic-link", fields: {} },
  { name: "reset-password", fields: { password } },
  { name: "verify-email", fields: { requestedBy: "somebody_else" } },
  { name: "undo-email-change", fields: {} },
];

async function openOwner(server: TestGatehouse, { name, fields }: (typeof endings)[number]): Promise<Owner> {
  const kind = linkKinds.find((each) => each.name === name);
  if (kind === undefined) throw new Error(`There is no link ${name}`);
  const installationIds = [newInstallationId(), newInstallationId(), newInstallationId()] as const;
  const account = await registerAccount(server.url);
  const token = await kind.issue(server, account);
  return { account, token, installationIds, redemption: { ...kind.redemption, fields } };
}

/** Signs the owners in on devices whose internal ids alternate between them; the last sign-in has the lowest. */
async function signInOnDevices(url: string, owners: readonly Owner[]): Promise<void> {
  for (const index of [0, 1, 2]) {
    for (const { account, installationIds } of owners) {
      const id = String(installationIds[index]);
      await linkDevice(url, account, { installationId: id, pushToken: tokenOf(id) });
    }
  }
}

/** Sign-ins and registrations that bring the token of the owner's phone to other installations. */
function bringToken(url: string, { account }: Owner, bob: Account, pushToken: string): Promise<RestResponse>[] {
  const anew = () => ({ installationId: newInstallationId(), platform: "ios", pushService: "fcm", pushToken });
  const [mine, his] = [account, bob].map(({ email, password: known }) => ({ identifier: email, password: known }));
  const headers = { authorization: `Basic ${btoa(`${bob.email}:${bob.password}`)}` };
  return [
    rest(url, "/v1/auth/login", { body: { ...his, device: anew() } }),
    rest(url, "/v1/auth/login", { body: { ...mine, device: anew() } }),
    rest(url, "/v1/auth/token", { headers, body: { device: anew() } }),
    rest(url, "/v1/auth/register", { body: { email: `${crypto.randomUUID()}@example.com`, password, device: anew() } }),
  ];
}

/** What meets the end of what the owner has set up, on the owner's own devices. */
function openLink(url: string, owner: Owner, bob: Account, pushToken: string): Promise<RestResponse>[] {
  const { account, token, redemption, installationIds } = owner;
  const [lowest, middle, highest] = installationIds;
  const device = redemption.path.includes("magic-link") && {
    installationId: lowest,
    platform: "ios",
    pushService: "fcm",
    pushToken,
  };
  return [
    rest(url, redemption.path, { body: { token, ...redemption.fields, ...(device && { device }) } }),
    registerDevice(url, newInstallationId(), { pushToken }),
    linkDevice(url, bob, { installationId: middle, pushToken }),
    linkDevice(url, account, { installationId: highest, pushToken }),
    unlinkDevice(url, account, middle),
    rest(url, "/v1/auth/logout-all", { method: "POST", token: bob.accessToken }),
  ];
}

/** The links are opened while passwords are checked, each after the answer to another sign-in. */
async function actAtOnce(url: string, owners: readonly Owner[], bob: Account): Promise<readonly RestResponse[]> {
  const phone = String(owners[0]?.installationIds[0]);
  const tokens = [tokenOf(phone), tokenOf(phone), sharedToken, sharedToken];
  const acts = owners.map(async (owner, index) => {
    const pushToken = String(tokens[index]);
    const bringing = bringToken(url, owner, bob, pushToken);
    await Promise.race(bringing);
    return await Promise.all([...bringing, ...openLink(url, owner, bob, pushToken)]);
  });
  return (await Promise.all(acts)).flat();
}

async function countHolders(database: TestDatabase): Promise<unknown> {
  return await database.query(
    "select push_token, count(*)::int from device where push_token is not null group by push_token having count(*) > 1",
  );
}

/** As PostgreSQL counted them: a connection tells what it counted when it is closed. */
async function countDeadlocks(database: TestDatabase): Promise<unknown> {
  const [row] = await database.query("select deadlocks::int from pg_stat_database where datname = current_database()");
  return row?.["deadlocks"];
}

async function race(database: TestDatabase): Promise<void> {
  await using server = await startGatehouse({ database });
  for (let round = 0; round < rounds; round++) {
    const owners = await Promise.all(endings.map((ending) => openOwner(server, ending)));
    const bob = await registerAccount(server.url);
    await signInOnDevices(server.url, owners);
    const answers = await actAtOnce(server.url, owners, bob);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(await countHolders(database)).toEqual([]);
    expect(await readHolders(server, sharedToken)).toHaveLength(1);
    await database.query("update device set push_token = null, push_service = null, push_token_set_at = null");
  }
}

describe.skipIf(postgresUnreachable)("row 40: links, sign-ins, registrations and sign-outs at once", () => {
  test("that share devices and push tokens all get answers without a deadlock, and one device has the token", async () => {
    await using database = await createTestDatabase();
    await race(database);
    expect(await countDeadlocks(database)).toBe(0);
  });
});
