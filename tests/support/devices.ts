import { createTestDatabase, type TestDatabase } from "./database.ts";
import { startGatehouse } from "./gatehouse.ts";
import { type Account, type RestResponse, rest } from "./rest.ts";

/** A unique id for an installation. */
export function newInstallationId(): string {
  return crypto.randomUUID();
}

/** A secret as an app could generate it. */
export function newDeviceSecret(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

type Fields = Readonly<Record<string, unknown>>;

/** Registers an installation without signing in. A push token is one of Firebase, which may be any text, unless the fields say otherwise. */
export function registerDevice(url: string, installationId: string, fields: Fields = {}): Promise<RestResponse> {
  return rest(url, "/v1/devices", { body: { installationId, platform: "ios", pushService: "fcm", ...fields } });
}

/** Makes an installation somebody's. Push tokens are as in {@link registerDevice}. */
export function linkDevice(
  url: string,
  { accessToken }: Pick<Account, "accessToken">,
  device: Fields & { readonly installationId: string },
): Promise<RestResponse> {
  const { installationId, ...fields } = device;
  const body = { platform: "ios", pushService: "fcm", ...fields };
  return rest(url, `/v1/devices/${installationId}`, { method: "PUT", token: accessToken, body });
}

/** Takes an installation from its owner. */
export function unlinkDevice(url: string, { accessToken }: Pick<Account, "accessToken">, installationId: string) {
  return rest(url, `/v1/devices/${installationId}`, { method: "DELETE", token: accessToken });
}

/** Somebody's devices. */
export async function listDevices(url: string, { accessToken: token }: Pick<Account, "accessToken">) {
  return (await rest(url, "/v1/devices", { token })).body.items;
}

/** Ends somebody's session. */
export function signOut(url: string, { accessToken: token }: Pick<Account, "accessToken">): Promise<RestResponse> {
  return rest(url, "/v1/auth/logout", { method: "POST", token });
}

/** Reads data that no call returns: the push token and the user of an installation. */
export async function readDevice(database: TestDatabase, installationId: string) {
  const [device] = await database.query(
    `select u.public_id as "userId", d.push_token as "pushToken", d.push_service as "pushService", d.active, d.name
      from device d left join "user" u on u.id = d.user_id where installation_id = $1`,
    [installationId],
  );
  return device;
}

/** A server with its own database, and a reader of its row for one new installation. */
export async function openInstallation() {
  const database = await createTestDatabase();
  const server = await startGatehouse({ database });
  const installationId = newInstallationId();
  return {
    server,
    url: server.url,
    installationId,
    read: () => readDevice(database, installationId),
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]();
      await database[Symbol.asyncDispose]();
    },
  };
}
