import type { Operation, OperationResultEnvelope, TRPCClientError, TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observableToPromise } from "@trpc/server/observable";
import { anonymousProcedures } from "../anonymous-procedures.ts";
import { isGatehouseError } from "../gatehouse-error.ts";
import type { AnySession, ProcedurePath } from "../inference.ts";
import type { SessionManager } from "../session/session-manager.ts";
import { isRecord, type StoredSession } from "../session/stored-session.ts";
import { withAccessToken } from "./access-token.ts";
import { observeOutcome, orAborted } from "./outcome.ts";

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AnyTRPCRouter>>;

/** A call that only has to be sent, once or twice. */
interface Call {
  readonly op: Operation;
  readonly send: (op: Operation) => Promise<Envelope>;
}

const refreshPath: ProcedurePath = "auth.refresh";
const logoutPaths: ReadonlySet<string> = new Set<ProcedurePath>(["auth.logout", "auth.logoutAll"]);

/** Gives calls the access token of the session, and stores the session that they return. */
export function sessionLink<S extends AnySession>(sessions: SessionManager<S>): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      const send = (sent: Operation) => observableToPromise(next(sent));
      return observeOutcome(() => perform(sessions, { op, send }));
    };
}

async function perform<S extends AnySession>(sessions: SessionManager<S>, call: Call): Promise<Envelope> {
  const { op, send } = call;
  if (op.path === refreshPath) return await performRefresh(sessions, call);
  const isAnonymous = anonymousProcedures.has(op.path);
  const envelope = isAnonymous ? await send(op) : await performSignedIn(sessions, call);
  const session = sessionIn(sessions, envelope);
  if (session !== undefined) await sessions.start(session);
  return envelope;
}

/**
 * A refresh that the app calls itself. For the session's token it sends the session's attempt key, so that every tab
 * can repeat the call. For a token that the app kept elsewhere, it sends the app's own key, if any.
 */
async function performRefresh<S extends AnySession>(
  sessions: SessionManager<S>,
  { op, send }: Call,
): Promise<Envelope> {
  const before = await sessions.read();
  const version = sessions.form.versionIn(op.input, before);
  const attemptKey = await sessions.attemptKey(version);
  try {
    const envelope = await send(attemptKey === undefined ? op : withAttemptKey(op, attemptKey));
    const session = sessionIn(sessions, envelope);
    if (session !== undefined) await sessions.replace(before, session);
    return envelope;
  } catch (error) {
    await sessions.endIfRefused(version, error);
    throw error;
  }
}

function withAttemptKey(op: Operation, attemptKey: string): Operation {
  return { ...op, input: { ...(op.input as object | undefined), attemptKey } };
}

async function performSignedIn<S extends AnySession>(sessions: SessionManager<S>, call: Call): Promise<Envelope> {
  const { op } = call;
  const session = await orAborted(sessions.forCall(), op.signal);
  const envelope = await sendWithReplay(sessions, call, session);
  if (session !== null && logoutPaths.has(op.path)) await sessions.end(session);
  return envelope;
}

async function sendWithReplay<S extends AnySession>(
  sessions: SessionManager<S>,
  { op, send }: Call,
  session: StoredSession<S> | null,
): Promise<Envelope> {
  const sendAs = (held: StoredSession<S>) => {
    const token = sessions.form.accessToken(held.session);
    return send(token === undefined ? op : withAccessToken(op, token));
  };
  try {
    return session === null ? await send(op) : await sendAs(session);
  } catch (error) {
    if (!isGatehouseError(error, "ACCESS_TOKEN_INVALID", "UNAUTHENTICATED")) throw error;
    const renewed = await orAborted(sessions.renew(session), op.signal);
    if (renewed === null) throw error;
    return await sendAs(renewed);
  }
}

/** Finds the session in the output of any procedure: sign-ins have different forms. */
function sessionIn<S extends AnySession>({ form }: SessionManager<S>, { result }: Envelope): S | undefined {
  const answer = result.type === undefined || result.type === "data" ? result.data : undefined;
  const session = isRecord(answer) ? answer["session"] : undefined;
  return form.matches(session) ? session : undefined;
}
