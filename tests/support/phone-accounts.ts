import { systemCall } from "../../packages/server/src/audit/call.ts";
import { requestRecoveryCode } from "../../packages/server/src/auth/password/by-code.ts";
import { holdPhoneRegistration } from "../../packages/server/src/auth/registration/by-phone.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { codeIn, messagesTo, receive, settle } from "./mailbox.ts";
import { type Account, type RestResponse, rest } from "./rest.ts";

/** The settings of a server where accounts may have a telephone number and no address. */
export const withPhones = { REGISTRATION_IDENTIFIERS: "email,username,phone" };

const password = "correct horse battery";

let lastNumber = 600_500_000;

/** A Spanish mobile number that nobody has. Each is in a range of its own, which has a budget. */
export function newNumber(): string {
  lastNumber += 10_000;
  return `+34${lastNumber}`;
}

/** Registers by a number, and sends nothing back. */
export const askByPhone = ({ url }: TestGatehouse, body: object, headers: Readonly<Record<string, string>> = {}) =>
  rest(url, "/v1/auth/register", { body: { password, ...body }, headers });

/** Sends the code of a registration. */
export const confirmByPhone = ({ url }: TestGatehouse, body: object): Promise<RestResponse> =>
  rest(url, "/v1/auth/register/confirm", { body });

/** A registration whose code has come. */
export interface WaitingRegistration {
  readonly phone: string;
  readonly registration: string;
  readonly code: string;
}

/** Registers by a number, and waits for the code. */
export async function waitForCode(
  server: TestGatehouse,
  { phone = newNumber(), ...fields }: Readonly<Record<string, unknown>> & { readonly phone?: string } = {},
): Promise<WaitingRegistration> {
  const before = await messagesTo(server, phone);
  const { status, body } = await askByPhone(server, { phone, ...fields });
  if (status !== 202) throw new Error(`The registration answered ${status}: ${JSON.stringify(body)}`);
  await settle(server);
  const [newest] = await messagesTo(server, phone);
  if (newest === undefined || newest.id === before[0]?.id) throw new Error(`No code has come to ${phone}`);
  return { phone, registration: body.registration, code: codeIn(newest) };
}

/** A registration that waits on a server of any settings. */
export async function holdRegistration(server: TestGatehouse, phone = newNumber()): Promise<WaitingRegistration> {
  const deps = { ...server.gatehouse.deps, call: systemCall };
  const { registration } = await holdPhoneRegistration(deps, { phone, passwordHash: "hash" }, "127.0.0.1");
  return { phone, registration, code: codeIn(await receive(server, phone, "registration-code")) };
}

/** A user with a number and no address. */
export interface PhoneAccount extends Omit<Account, "email"> {
  readonly phone: string;
}

/** Registers a user by a number. */
export async function registerByPhone(
  server: TestGatehouse,
  fields: Parameters<typeof waitForCode>[1] = {},
): Promise<PhoneAccount> {
  const { phone, ...confirmation } = await waitForCode(server, fields);
  const { status, body } = await confirmByPhone(server, {
    registration: confirmation.registration,
    code: confirmation.code,
  });
  if (status !== 201) throw new Error(`The confirmation answered ${status}: ${JSON.stringify(body)}`);
  const { accessToken, refreshToken } = body.session;
  return { phone, password, userId: body.user.id, accessToken, refreshToken };
}

/** A recovery whose code has come. */
export interface WaitingRecovery {
  readonly recovery: string;
  readonly code: string;
}

/** Asks for a code to choose another password. */
export const askForRecovery = ({ url }: TestGatehouse, phone: string) =>
  rest(url, "/v1/auth/password/code", { body: { phone } });

/** Asks for a code to choose another password, and waits for it. */
export async function waitForRecovery(server: TestGatehouse, phone: string): Promise<WaitingRecovery> {
  const { status, body } = await askForRecovery(server, phone);
  if (status !== 202) throw new Error(`The recovery answered ${status}: ${JSON.stringify(body)}`);
  await settle(server);
  const [newest] = await messagesTo(server, phone);
  if (newest?.template !== "recovery-code") throw new Error(`No code has come to ${phone}`);
  return { recovery: body.recovery, code: codeIn(newest) };
}

/** An account with a number alone, and its recovery, on a server of any settings. */
export async function holdRecovery(server: TestGatehouse): Promise<WaitingRecovery & { readonly userId: string }> {
  const { registration, code, phone } = await holdRegistration(server);
  const { body } = await confirmByPhone(server, { registration, code });
  const config = { ...server.gatehouse.deps.config, registrationIdentifiers: ["phone"] as const };
  const deps = { ...server.gatehouse.deps, config, call: systemCall };
  const { recovery } = await requestRecoveryCode(deps, { phone }, "127.0.0.1");
  return { recovery, code: codeIn(await receive(server, phone, "recovery-code")), userId: body.user.id };
}
