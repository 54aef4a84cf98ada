import { type Operation, type OperationResultEnvelope, TRPCClientError, type TRPCLink } from "@trpc/client";
import type { AnyTRPCRouter } from "@trpc/server";
import { observable, observableToPromise } from "@trpc/server/observable";
import { anonymousProcedures } from "../anonymous-procedures.ts";
import { isGatehouseError } from "../gatehouse-error.ts";
import type { ProcedurePath } from "../inference.ts";
import type { SessionManager } from "../session/session-manager.ts";
import { sessionIn } from "../session/session-shape.ts";
import type { StoredSession } from "../session/stored-session.ts";
import { orAborted } from "./abort.ts";
import { withAccessToken } from "./access-token-context.ts";

type Envelope = OperationResultEnvelope<unknown, TRPCClientError<AnyTRPCRouter>>;

/** A call on its way down the links: what is left of it to do is to send it, once or twice. */
interface Call {
  readonly op: Operation;
  readonly send: (op: Operation) => Promise<Envelope>;
}

const refreshPath: ProcedurePath = "auth.refresh";
const logoutPaths: ReadonlySet<string> = new Set<ProcedurePath>(["auth.logout", "auth.logoutAll"]);

/** Gives calls the access token of the session, and keeps the session that they answer with. */
export function sessionLink(sessions: SessionManager): TRPCLink<AnyTRPCRouter> {
  return () =>
    ({ op, next }) => {
      if (op.type === "subscription") return next(op);
      return observable((observer) => {
        perform(sessions, { op, send: (sent) => observableToPromise(next(sent)) }).then(
          (envelope) => {
            observer.next(envelope);
            observer.complete();
          },
          (error) => observer.error(TRPCClientError.from(error)),
        );
      });
    };
}

async function perform(sessions: SessionManager, call: Call): Promise<Envelope> {
  const { op, send } = call;
  if (op.path === refreshPath) return await performRefresh(sessions, call);
  const isAnonymous = anonymousProcedures.has(op.path);
  const envelope = isAnonymous ? await send(op) : await performSignedIn(sessions, call);
  const session = sessionIn(dataOf(envelope));
  if (session !== undefined) await sessions.start(session);
  return envelope;
}

/** A refresh that the app asked for itself, perhaps with a token that it kept elsewhere. */
async function performRefresh(sessions: SessionManager, { op, send }: Call): Promise<Envelope> {
  const before = await sessions.read();
  try {
    const envelope = await send(op);
    const session = sessionIn(dataOf(envelope));
    if (session !== undefined) await sessions.replace(before, session);
    return envelope;
  } catch (error) {
    await sessions.endIfRefused(refreshTokenIn(op.input), error);
    throw error;
  }
}

async function performSignedIn(sessions: SessionManager, call: Call): Promise<Envelope> {
  const { op } = call;
  const session = await orAborted(sessions.forCall(), op.signal);
  const envelope = await sendWithReplay(sessions, call, session);
  if (session !== null && logoutPaths.has(op.path)) await sessions.end(session);
  return envelope;
}

async function sendWithReplay(
  sessions: SessionManager,
  { op, send }: Call,
  session: StoredSession | null,
): Promise<Envelope> {
  const sendAs = (held: StoredSession) => send(withAccessToken(op, held.session.accessToken));
  try {
    return session === null ? await send(op) : await sendAs(session);
  } catch (error) {
    if (!isGatehouseError(error, "ACCESS_TOKEN_INVALID", "UNAUTHENTICATED")) throw error;
    const renewed = await orAborted(sessions.renew(session), op.signal);
    if (renewed === null) throw error;
    return await sendAs(renewed);
  }
}

function dataOf({ result }: Envelope): unknown {
  return result.type === undefined || result.type === "data" ? result.data : undefined;
}

function refreshTokenIn(input: unknown): unknown {
  return typeof input === "object" && input !== null && "refreshToken" in input ? input.refreshToken : undefined;
}
