import type { TestGatehouse } from "./gatehouse.ts";
import { receiveToken, settle } from "./mailbox.ts";
import { type Account, type RestResponse, registerAccount, rest } from "./rest.ts";

/** A kind of link by mail: how one comes about, and where its token is redeemed. */
export interface LinkKind {
  readonly name: string;
  /** Has a link sent to the account's address, or on its behalf, and answers with the token. */
  readonly issue: (server: TestGatehouse, account: Account) => Promise<string>;
  readonly redemption: Redemption;
}

/** An operation that takes tokens of links. */
export interface Redemption {
  readonly path: string;
  /** What any token is answered with that it does not take. */
  readonly refusal: string;
  readonly fields: object;
}

const verifyEmail: Redemption = { path: "/v1/auth/email/verify", refusal: "EMAIL_TOKEN_INVALID", fields: {} };
/** The reader says that it was them; a change of address takes such an answer. */
const verifyAsOwn: Redemption = { ...verifyEmail, fields: { requestedBy: "me" } };
const undoChange: Redemption = { path: "/v1/auth/email/undo-change", refusal: "EMAIL_TOKEN_INVALID", fields: {} };
const resetPassword: Redemption = {
  path: "/v1/auth/password/reset",
  refusal: "PASSWORD_RESET_TOKEN_INVALID",
  fields: { password: "another horse staple" },
};
const signIn: Redemption = { path: "/v1/auth/magic-link/verify", refusal: "MAGIC_LINK_INVALID", fields: {} };

/** Every operation that takes tokens of links. */
export const redemptions: readonly Redemption[] = [verifyEmail, undoChange, resetPassword, signIn];

/** Presents a token. */
export function redeem({ url }: TestGatehouse, { path, fields }: Redemption, token: string): Promise<RestResponse> {
  return rest(url, path, { body: { token, ...fields } });
}

/** Somebody who has proven their address, and said that it was them who registered. */
export async function registerProven(
  server: TestGatehouse,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Account> {
  const account = await registerAccount(server.url, fields);
  await redeem(server, verifyAsOwn, await receiveToken(server, account.email, "verify-email"));
  await settle(server);
  return account;
}

/** Changes the address of somebody who has proven theirs, up to the link that the new one is sent. */
async function askForChange(
  { url }: TestGatehouse,
  { accessToken: token }: Account,
  email: string,
): Promise<RestResponse> {
  return await rest(url, "/v1/auth/email/change", { token, body: { email } });
}

/** Gives the account a new address, and answers with it. */
export async function changeAddress(server: TestGatehouse, account: Account): Promise<string> {
  const email = `${crypto.randomUUID()}@example.org`;
  await askForChange(server, account, email);
  const { status } = await redeem(server, verifyAsOwn, await receiveToken(server, email, "confirm-email-change"));
  if (status !== 204) throw new Error(`The change of address answered ${status}`);
  return email;
}

/** Every kind of link. */
export const linkKinds: readonly LinkKind[] = [
  {
    name: "verify-email",
    issue: (server, { email }) => receiveToken(server, email, "verify-email"),
    redemption: verifyEmail,
  },
  {
    name: "confirm-email-change",
    async issue(server, account) {
      const email = `${crypto.randomUUID()}@example.org`;
      await askForChange(server, account, email);
      return await receiveToken(server, email, "confirm-email-change");
    },
    redemption: verifyAsOwn,
  },
  {
    name: "undo-email-change",
    async issue(server, account) {
      await redeem(server, verifyEmail, await receiveToken(server, account.email, "verify-email"));
      await changeAddress(server, account);
      return await receiveToken(server, account.email, "email-changed");
    },
    redemption: undoChange,
  },
  {
    name: "reset-password",
    async issue(server, { email }) {
      await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
      return await receiveToken(server, email, "reset-password");
    },
    redemption: resetPassword,
  },
  {
    name: "magic-link",
    async issue(server, { email }) {
      await rest(server.url, "/v1/auth/magic-link", { body: { email } });
      return await receiveToken(server, email, "magic-link");
    },
    redemption: signIn,
  },
];
