import { linkDevice, registerDevice } from "./devices.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { type Account, rest } from "./rest.ts";

/** The push tokens by installation. */
export async function readHolders({ database }: TestGatehouse, pushToken: string) {
  const rows = await database?.query("select installation_id from device where push_token = $1", [pushToken]);
  return rows?.map((row) => row["installation_id"]);
}

interface Bringing {
  readonly server: TestGatehouse;
  readonly bob: Account;
  readonly pushToken: string;
}

/** Every call that sends a push token for an installation, as Bob or without a sign-in. */
export const waysToBring: readonly [
  string,
  (bringing: Bringing, installationId: string) => Promise<{ status: number }>,
][] = [
  ["links it", ({ server, bob, pushToken }, id) => linkDevice(server.url, bob, { installationId: id, pushToken })],
  ["registers it anonymously", ({ server, pushToken }, id) => registerDevice(server.url, id, { pushToken })],
  [
    "signs in on it",
    ({ server, bob, pushToken }, installationId) => {
      const device = { installationId, platform: "android", pushToken };
      return rest(server.url, "/v1/auth/login", { body: { identifier: bob.email, password: bob.password, device } });
    },
  ],
  [
    "registers an account on it",
    async ({ server, pushToken }, installationId) => {
      const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
      const device = { installationId, platform: "web", pushService: "fcm", pushToken };
      return await rest(server.url, "/v1/auth/register", { body: { ...credentials, device } });
    },
  ],
];
