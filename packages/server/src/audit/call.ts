import type { Clock } from "../clock.ts";

/** Who acts: a user by their public id, somebody who is not signed in, an operator at the command line, or a job. */
export type AuditActor =
  | { readonly kind: "user"; readonly id: string }
  | { readonly kind: "anonymous" | "operator" | "system" };

/** The call, command or job in which something happens: who acts, and from where. */
export interface CallOrigin {
  readonly actor: AuditActor;
  /** The public id of the administrator who acts in the name of the actor; `null` if the actor acts themselves. */
  readonly impersonatorId: string | null;
  /** The public id of the actor's API key; `null` if the call came in a session or from nobody. */
  readonly apiKeyId: string | null;
  readonly ip: string | null;
  readonly userAgent: string | null;
  /** The id of the request, as in the log and in errors. */
  readonly requestId: string | null;
}

/** What a service needs to record what it does. */
export interface AuditDeps {
  readonly clock: Clock;
  readonly call: CallOrigin;
}

/**
 * Returns the dependencies with which a call goes on in the name of a user who proved in it who they are, as a sign-in does: its
 * further events have them as the actor.
 */
export function inNameOf<T extends AuditDeps>(deps: T, userPublicId: string): T {
  return { ...deps, call: { ...deps.call, actor: { kind: "user", id: userPublicId } } };
}

const fromInside = { impersonatorId: null, apiKeyId: null, ip: null, userAgent: null, requestId: null } as const;

/** The call origin of jobs. */
export const systemCall: CallOrigin = { actor: { kind: "system" }, ...fromInside };

/** The call origin of commands that an operator runs. */
export const operatorCall: CallOrigin = { actor: { kind: "operator" }, ...fromInside };

/** The origin of a request whose caller is not known yet. */
export function anonymousCall(request: {
  readonly id: string;
  readonly ip: string;
  readonly userAgent: string | null;
}): CallOrigin {
  const { id: requestId, ip, userAgent } = request;
  return { actor: { kind: "anonymous" }, impersonatorId: null, apiKeyId: null, ip, userAgent, requestId };
}
