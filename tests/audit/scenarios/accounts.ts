import { newDeviceSecret, newInstallationId } from "../../support/devices.ts";
import { registerProven } from "../../support/links.ts";
import { login } from "../../support/logins.ts";
import { codeIn, receive } from "../../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../../support/rest.ts";
import type { RecordedEvent, Scene } from "../scene.ts";

/** The events of a call that records none. */
export const nothing = () => [];

/** An event that the user makes about their own account. */
export const own = (action: string, userId: string, target = userId): RecordedEvent => ({
  action,
  actor: userId,
  account: userId,
  target,
});

/** An event about the account by somebody who is not signed in. */
export const byLink = (action: string, account: string, target = account): RecordedEvent => ({
  action,
  actor: "anonymous",
  account,
  target,
});

/** Registers a user whose address nobody proved. */
export async function register({ server, keepSecret }: Scene, fields: object = {}): Promise<Account> {
  const account = await registerAccount(server.url, { password: keepSecret("tolerant gravel nocturne"), ...fields });
  for (const secret of [account.accessToken, account.refreshToken]) keepSecret(secret);
  return account;
}

/** Registers a user who proved their address. */
export async function registerOwner({ server, keepSecret }: Scene): Promise<Account> {
  return await registerProven(server, { password: keepSecret("tolerant gravel nocturne") });
}

/** The id of the session of an access token. */
export async function sessionOf(
  { server }: Scene,
  { accessToken: token }: Pick<Account, "accessToken">,
): Promise<string> {
  return (await rest(server.url, "/v1/auth/status", { token })).body.session.id;
}

/** Starts another session of the user. */
export async function signInAgain({ server, keepSecret }: Scene, { email: identifier, password }: Account) {
  const { session } = (await login(server.url, { identifier, password })).body;
  keepSecret(session.refreshToken);
  return session as { readonly id: string; readonly accessToken: string; readonly refreshToken: string };
}

/** The description of a new installation, with a secret and a push token. */
export const newDevice = ({ keepSecret }: Scene) => ({
  installationId: newInstallationId(),
  platform: "ios",
  deviceSecret: keepSecret(newDeviceSecret()),
  pushService: "fcm",
  pushToken: keepSecret(`push ${crypto.randomUUID()}`),
});

/** The id of the newest device of a user. */
export async function deviceOf({ server }: Scene, accessToken: string): Promise<string> {
  return (await rest(server.url, "/v1/devices", { token: accessToken })).body.items[0].id;
}

/** A number that nobody has. */
export const newPhone = () => `+346${String(Math.random()).slice(2, 10).padEnd(8, "0")}`;

/** Asks for a code, and returns it. */
export async function askForCode({ server, keepSecret }: Scene, { accessToken: token }: Account): Promise<string> {
  const phone = newPhone();
  await rest(server.url, "/v1/auth/phone", { token, body: { phone } });
  return keepSecret(codeIn(await receive(server, phone, "phone-code")));
}

/** Gives the account a number. */
export async function provePhone(scene: Scene, account: Account): Promise<void> {
  const code = await askForCode(scene, account);
  await rest(scene.server.url, "/v1/auth/phone/verify", { token: account.accessToken, body: { code } });
}
