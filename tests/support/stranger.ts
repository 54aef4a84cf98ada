import { makeApiKey } from "./api-keys.ts";
import { linkDevice, newDeviceSecret, newInstallationId } from "./devices.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { imageOf } from "./images.ts";
import { codeIn, receive, receiveToken } from "./mailbox.ts";
import { askForExport } from "./own-data.ts";
import { addPasskey } from "./passkeys.ts";
import { type Account, rest } from "./rest.ts";
import type { SoftwareAuthenticator } from "./software-authenticator.ts";

/** Everything that a stranger set up on an account with somebody else's address. */
export interface Stranger extends Account {
  /** The installation that the registration was made on. */
  readonly installationId: string;
  /** One that was linked besides, on which no session is. */
  readonly otherInstallationId: string;
  /** An API key from before keys required a verified address. */
  readonly apiKey: string;
  /** Has a passkey of the account. */
  readonly authenticator: SoftwareAuthenticator;
  readonly phone: string;
  /** Confirms a change to an address of the stranger's. */
  readonly changeToken: string;
  /** Proves another telephone number. */
  readonly pendingCode: string;
}

const userAgent = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0";

/**
 * Registers somebody else's address, and sets up everything that an account can have. The link to verify the address is
 * in its mailbox.
 */
export async function registerAsStranger(server: TestGatehouse, email?: string): Promise<Stranger> {
  const installationId = newInstallationId();
  const account = await registerWithDevice(server, { installationId, ...(email === undefined ? {} : { email }) });
  const otherInstallationId = newInstallationId();
  // A session is on the installation that it was linked to last.
  for (const linked of [otherInstallationId, installationId]) {
    await linkDevice(server.url, account, { installationId: linked, pushToken: `push to ${linked}` });
  }
  await setProfile(server, account);
  await setPicture(server, account);
  const { authenticator } = await addPasskey(server, account);
  const digits = BigInt(`0x${crypto.randomUUID().slice(0, 6)}`) % 1_000_000n;
  const phone = `+34600${String(digits).padStart(6, "0")}`;
  await call(server, account, "/v1/auth/phone", { phone });
  await call(server, account, "/v1/auth/phone/verify", { code: codeIn(await receive(server, phone, "phone-code")) });
  await call(server, account, "/v1/auth/phone", { phone: "+34611000000" });
  const strangersOwn = `${crypto.randomUUID()}@example.net`;
  await call(server, account, "/v1/auth/email/change", { email: strangersOwn });
  return {
    ...account,
    installationId,
    otherInstallationId,
    authenticator,
    phone,
    apiKey: await setUpWithoutProof(server, account),
    changeToken: await receiveToken(server, strangersOwn, "confirm-email-change"),
    pendingCode: codeIn(await receive(server, "+34611000000", "phone-code")),
  };
}

async function registerWithDevice(server: TestGatehouse, { installationId, ...fields }: { installationId: string }) {
  const device = { installationId, platform: "ios", deviceSecret: newDeviceSecret() };
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "the stranger's horse" };
  const given = { ...credentials, username: `u${crypto.randomUUID().slice(0, 8)}`, givenName: "Mallory", ...fields };
  const { body } = await rest(server.url, "/v1/auth/register", {
    body: { ...given, device },
    headers: { "user-agent": userAgent },
  });
  const { accessToken, refreshToken } = body.session;
  return { email: given.email, password: given.password, userId: body.user.id, accessToken, refreshToken };
}

async function setProfile({ url }: TestGatehouse, { accessToken: token }: Account): Promise<void> {
  const profile = { timeZone: "Europe/Madrid", publicMetadata: { said: "by Mallory" } };
  const { status } = await rest(url, "/v1/users/me", { method: "PATCH", token, body: profile });
  if (status !== 200) throw new Error(`The profile answered ${status}`);
}

async function setPicture({ url }: TestGatehouse, { accessToken: token }: Account): Promise<void> {
  const { ok, status } = await fetch(new URL("/v1/users/me/avatar", url), {
    method: "PUT",
    headers: { authorization: `Bearer ${token}`, "content-type": "image/png" },
    body: new Uint8Array(await imageOf()),
  });
  if (!ok) throw new Error(`The picture answered ${status}`);
}

async function call({ url }: TestGatehouse, { accessToken: token }: Account, path: string, body: object) {
  const { status, body: answer } = await rest(url, path, { token, body });
  if (status !== 204) throw new Error(`${path} answered ${status}: ${JSON.stringify(answer)}`);
}

/**
 * Makes a copy of the data, which somebody can request once the holder of the address has proven it without a word about the
 * account, and an API key, and returns the key. Such keys are in the tables of servers that are upgraded.
 */
async function setUpWithoutProof(server: TestGatehouse, account: Account): Promise<string> {
  const { db } = server.gatehouse.deps;
  const prove = (at: Date | null) =>
    db.updateTable("user").set({ email_verified_at: at }).where("public_id", "=", account.userId).execute();
  await prove(server.clock.now());
  const { status } = await askForExport(server.url, account);
  if (status !== 202) throw new Error(`The request of a copy answered ${status}`);
  const { secret } = await makeApiKey(server.url, account);
  await prove(null);
  return secret;
}
