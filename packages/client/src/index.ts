export type { AppRouter, GatehouseErrorCode } from "@gatehouse/server/api";
export {
  type ApiKeyClient,
  type ApiKeyClientOptions,
  type ClientOptions,
  type CookieClientOptions,
  createClient,
  type GatehouseClient,
} from "./create-client.ts";
export {
  type FieldError,
  type GatehouseError,
  type GatehouseErrorData,
  isGatehouseError,
  type PasswordRefusalReason,
  type StepUpMethod,
} from "./gatehouse-error.ts";
export type { CookieSession, Device, RouterInputs, RouterOutputs, Session, User } from "./inference.ts";
export type { EventSourceConstructor } from "./links/event-source.ts";
export {
  completeSignInWithPasskey,
  type Passkey,
  type PasskeyFactorOptions,
  type PasskeySignInOptions,
  type RegisterPasskeyOptions,
  registerPasskey,
  signInWithPasskey,
  stepUpWithPasskey,
  suggestsPasskeys,
  supportsPasskeys,
} from "./passkeys.ts";
export type { CallOptions, OpenedSubscription, Router, SubscriptionListener, Transport } from "./procedures.ts";
export type { SessionHandle, SessionListener, SessionState, SignOutReason } from "./session/session-state.ts";
export type { SessionStorage } from "./session/session-storage.ts";
