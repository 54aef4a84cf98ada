import type { ProcedurePath } from "./inference.ts";

/**
 * Gatehouse's procedures that require no session. The client calls them without one, so that a sign-in does not wait
 * for the refresh of an older session.
 */
export const anonymousProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.email.inspect",
  "auth.email.undoChange",
  "auth.email.verify",
  "auth.login",
  "auth.magicLink.send",
  "auth.magicLink.verify",
  "auth.password.forgot",
  "auth.password.inspect",
  "auth.password.reset",
  "auth.refresh",
  "auth.register",
  "auth.token",
  "device.register",
  "ping",
]);
