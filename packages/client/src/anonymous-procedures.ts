import type { ProcedurePath } from "./inference.ts";

/**
 * Gatehouse's procedures that require no session. The client calls them without one, so that a sign-in does not wait
 * for the refresh of an older session.
 */
export const anonymousProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.confirmRegistration",
  "auth.anonymous",
  "auth.email.inspect",
  "auth.email.undoChange",
  "auth.email.verify",
  "auth.login",
  "auth.magicLink.inspect",
  "auth.magicLink.send",
  "auth.magicLink.verify",
  "auth.mfa.passkeyOptions",
  "auth.mfa.sendCode",
  "auth.mfa.verify",
  "auth.passkeys.login",
  "auth.passkeys.loginOptions",
  "auth.password.forgot",
  "auth.password.inspect",
  "auth.password.reset",
  "auth.password.resetByCode",
  "auth.password.sendCode",
  "auth.refresh",
  "auth.register",
  "auth.resendRegistrationCode",
  "auth.signInCode.exchange",
  "auth.social.signIn",
  "auth.token",
  "device.register",
  "device.webPushKey",
  "ping",
  "user.undoDeletion",
]);
