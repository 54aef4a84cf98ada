import type { TestGatehouse } from "./gatehouse.ts";
import { receiveToken, settle } from "./mailbox.ts";
import { type Account, type RestResponse, registerAccount, rest } from "./rest.ts";

/** A kind of link by mail: how to get one, and where to redeem its token. */
export interface LinkKind {
  readonly name: string;
  /** Requests a link for the account, and returns its token. */
  readonly issue: (server: TestGatehouse, account: Account) => Promise<string>;
  readonly redemption: Redemption;
}

/** An operation that takes tokens of links. */
export interface Redemption {
  readonly path: string;
  /** The error for a token that the operation does not accept. */
  readonly refusal: string;
  readonly fields: object;
}

const verifyEmail: Redemption = { path: "/v1/auth/email/verify", refusal: "EMAIL_TOKEN_INVALID", fields: {} };
/** The reader says "that was me", an answer that a change of address requires. */
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

/** A user who has proven their address with the answer "that was me". */
export async function registerProven(
  server: TestGatehouse,
  fields: Readonly<Record<string, unknown>> = {},
): Promise<Account> {
  const account = await registerAccount(server.url, fields);
  await redeem(server, verifyAsOwn, await receiveToken(server, account.email, "verify-email"));
  await settle(server);
  return account;
}

/** Requests a change of a proven address, and returns the token of the link to the new one. */
async function askForChange(
  { url }: TestGatehouse,
  { accessToken: token }: Account,
  body: { readonly email: string },
): Promise<RestResponse> {
  return await rest(url, "/v1/auth/email/change", { token, body });
}

/** Changes the account's address, and returns the new one. `fields` are those of the request besides the address. */
export async function changeAddress(server: TestGatehouse, account: Account, fields: object = {}): Promise<string> {
  const email = `${crypto.randomUUID()}@example.org`;
  await askForChange(server, account, { email, ...fields });
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
      await askForChange(server, account, { email });
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
