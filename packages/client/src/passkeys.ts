import type { RouterInputs, RouterOutputs } from "./inference.ts";
import type { CallOptions } from "./procedures.ts";

type Inputs = RouterInputs["auth"]["passkeys"];
type Outputs = RouterOutputs["auth"]["passkeys"];

/** A passkey, as `auth.passkeys.list` returns it. */
export type Passkey = Outputs["create"];

interface Mutation<Input, Output> {
  mutate(input: Input, options?: CallOptions): Promise<Output>;
}

/** The part of a client with which a page adds a passkey. */
interface RegistrationClient {
  readonly auth: {
    readonly passkeys: {
      readonly options: Mutation<undefined, Outputs["options"]>;
      readonly create: Mutation<Inputs["create"], Passkey>;
    };
  };
}

/** The part of a client with which a page signs in; the answer has the form of the client's transport. */
interface SignInClient<SignedIn> {
  readonly auth: {
    readonly passkeys: {
      readonly loginOptions: Mutation<undefined, Outputs["loginOptions"]>;
      readonly login: Mutation<Omit<Inputs["login"], "transport">, SignedIn>;
    };
  };
}

/** The part of a client with which a page completes a sign-in; the answer has the form of the client's transport. */
interface SecondFactorClient<SignedIn> {
  readonly auth: {
    readonly mfa: {
      readonly passkeyOptions: Mutation<RouterInputs["auth"]["mfa"]["passkeyOptions"], Outputs["loginOptions"]>;
      readonly verify: Mutation<SecondFactorAnswer, SignedIn>;
    };
  };
}

interface SecondFactorAnswer {
  readonly challenge: string;
  readonly passkey: Inputs["login"]["credential"];
  readonly trustDevice?: boolean;
}

/** The part of a client with which a page proves again who its user is. */
interface StepUpClient {
  readonly auth: {
    readonly passkeys: { readonly sudoOptions: Mutation<undefined, Outputs["sudoOptions"]> };
    readonly sudo: Mutation<{ readonly passkey: Inputs["login"]["credential"] }, RouterOutputs["auth"]["sudo"]>;
  };
}

/** How a new passkey is called. */
export interface RegisterPasskeyOptions extends CallOptions {
  /** Default: the name of the password manager that keeps it, or of the browser and system. */
  readonly name?: string | undefined;
}

/** How a user signs in, apart from the passkey. */
export interface PasskeySignInOptions extends CallOptions, Omit<Inputs["login"], "credential" | "transport"> {
  /**
   * Waits until the user chooses a passkey from the suggestions of an input with `autocomplete="username webauthn"`, and asks for
   * nothing before. Call it when the page is shown. Only one request can wait in a page: abort it by `signal` before another.
   * Default false: the browser asks at once.
   */
  readonly conditional?: boolean | undefined;
}

/** How a sign-in is completed, apart from the passkey. */
export interface PasskeyFactorOptions extends CallOptions {
  /** Whether sign-ins on the device take no second factor for a while; the sign-in must have named it with its secret. Default false. */
  readonly trustDevice?: boolean | undefined;
}

/** The parts of a browser that this module uses; the types of other platforms do not have them. */
interface Browser {
  readonly PublicKeyCredential?: {
    parseCreationOptionsFromJSON(options: object): object;
    parseRequestOptionsFromJSON(options: object): object;
    isConditionalMediationAvailable(): Promise<boolean>;
  };
  readonly navigator?: {
    readonly credentials: { create(options: object): Promise<Given>; get(options: object): Promise<Given> };
  };
}

/** What the user gave: it is null only where something other than a passkey was asked for. */
interface Given {
  toJSON(): unknown;
}

// The types of `globalThis` differ by platform.
const browser = globalThis as object as Browser;

/** Whether the browser can make and use passkeys by the functions of this module. */
export function supportsPasskeys(): boolean {
  return typeof browser.PublicKeyCredential?.parseRequestOptionsFromJSON === "function";
}

/** Whether the browser can suggest passkeys in an input: see {@link PasskeySignInOptions.conditional}. */
export async function suggestsPasskeys(): Promise<boolean> {
  return supportsPasskeys() && (await required().passkeys.isConditionalMediationAvailable());
}

/**
 * Lets the signed-in user make a passkey on this device, and adds it to their account. Rejects with a `NotAllowedError` of the
 * browser if the user declines, with an `InvalidStateError` if the device has one of the account already, and with the errors of
 * `auth.passkeys.options` and `auth.passkeys.create`, such as `STEP_UP_REQUIRED`.
 */
export async function registerPasskey(
  client: RegistrationClient,
  { name, signal }: RegisterPasskeyOptions = {},
): Promise<Passkey> {
  const { passkeys, credentials } = required();
  const options = await client.auth.passkeys.options.mutate(undefined, { signal });
  const publicKey = passkeys.parseCreationOptionsFromJSON(options);
  const made = await credentials.create({ publicKey, ...(signal === undefined ? {} : { signal }) });
  // The server parses it.
  const credential = made.toJSON() as Inputs["create"]["credential"];
  return await client.auth.passkeys.create.mutate({ credential, ...(name === undefined ? {} : { name }) }, { signal });
}

/**
 * Signs in with a passkey that the user chooses, without a name. Rejects with a `NotAllowedError` of the browser if the user
 * declines or has no passkey here, and with the errors of `auth.passkeys.login`.
 */
export async function signInWithPasskey<SignedIn>(
  client: SignInClient<SignedIn>,
  { conditional = false, signal, ...how }: PasskeySignInOptions = {},
): Promise<SignedIn> {
  const { passkeys } = client.auth;
  const options = await passkeys.loginOptions.mutate(undefined, { signal });
  const credential = await answer(options, { signal, mediation: conditional ? "conditional" : "optional" });
  return await passkeys.login.mutate({ credential, ...how }, { signal });
}

/**
 * Completes a sign-in that was answered with `mfa_required` and `passkey` among its `methods`. Rejects with a `NotAllowedError` of the
 * browser if the user declines or has no passkey of the account here, and with the errors of `auth.mfa.passkeyOptions` and
 * `auth.mfa.verify`; the challenge then takes another try, or another method.
 */
export async function completeSignInWithPasskey<SignedIn>(
  client: SecondFactorClient<SignedIn>,
  challenge: string,
  { trustDevice = false, signal }: PasskeyFactorOptions = {},
): Promise<SignedIn> {
  const { mfa } = client.auth;
  const options = await mfa.passkeyOptions.mutate({ challenge }, { signal });
  const passkey = await answer(options, { signal, mediation: "optional" });
  return await mfa.verify.mutate({ challenge, passkey, trustDevice }, { signal });
}

/** Proves by a passkey who the signed-in user is, for calls that `STEP_UP_REQUIRED` refused. Rejects like {@link signInWithPasskey}. */
export async function stepUpWithPasskey(client: StepUpClient, { signal }: CallOptions = {}): Promise<void> {
  const options = await client.auth.passkeys.sudoOptions.mutate(undefined, { signal });
  await client.auth.sudo.mutate({ passkey: await answer(options, { signal, mediation: "optional" }) }, { signal });
}

interface Asking {
  readonly signal: AbortSignal | undefined;
  readonly mediation: "optional" | "conditional";
}

async function answer(options: Outputs["loginOptions"], { signal, mediation }: Asking) {
  const { passkeys, credentials } = required();
  const publicKey = passkeys.parseRequestOptionsFromJSON(options);
  const given = await credentials.get({ publicKey, mediation, ...(signal === undefined ? {} : { signal }) });
  // The server parses it.
  return given.toJSON() as Inputs["login"]["credential"];
}

function required() {
  const { PublicKeyCredential: passkeys, navigator } = browser;
  if (passkeys === undefined || navigator === undefined) {
    throw new TypeError("This platform has no passkeys. Ask supportsPasskeys() first.");
  }
  return { passkeys, credentials: navigator.credentials };
}
