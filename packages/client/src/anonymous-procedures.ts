import type { ProcedurePath } from "./inference.ts";

/**
 * Gatehouse's procedures that ask for no session. They are called without one, so that a sign-in does not wait for
 * the refresh of an older session.
 */
export const anonymousProcedures: ReadonlySet<string> = new Set<ProcedurePath>([
  "auth.login",
  "auth.refresh",
  "auth.register",
  "auth.token",
  "device.register",
  "ping",
]);
