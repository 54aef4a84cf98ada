import { expect } from "vitest";
import { z } from "zod";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { type RestResponse, rest } from "../support/rest.ts";

/** The servers of the scenarios, on one database. */
export interface Scene {
  readonly server: TestGatehouse;
  /** Creates accounts only once their addresses are proven. */
  readonly verifiedMode: TestGatehouse;
  /** Keeps a secret, which must not be found in the log afterwards, and returns it. */
  readonly keepSecret: (secret: string) => string;
}

/** A call that is about to be made, and the events that it must record. */
export interface PreparedCall {
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly body?: object;
  /** A PNG, in the place of the body. */
  readonly upload?: Uint8Array<ArrayBuffer>;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: the server that is open to everybody. */
  readonly server?: TestGatehouse;
  /** The events in any order; called after the call. */
  readonly events: (answer: RestResponse["body"]) => readonly RecordedEvent[] | Promise<readonly RecordedEvent[]>;
}

/** One successful call of a mutation. */
export interface Scenario {
  /** As in `auth.login`. */
  readonly procedure: string;
  /** What is special, if the procedure has several scenarios. */
  readonly when?: string;
  readonly prepare: (scene: Scene) => Promise<PreparedCall>;
}

/** The parts of an event that every scenario states. */
export interface RecordedEvent {
  readonly action: string;
  /** The public id of a user, or another kind of actor. */
  readonly actor: string;
  /** The public id of the account. */
  readonly account: string | null;
  /** The public id or the name of the target. */
  readonly target: string;
}

/** The address and the program that every call of a scenario comes from. */
const origin = { "x-forwarded-for": "203.0.113.7", "user-agent": "the program of the scenario" };

/** Makes the call and returns what it recorded, found by the id of its request. */
export async function recordOf(scene: Scene, prepared: PreparedCall) {
  const requestId = crypto.randomUUID();
  const { path, method, body, token, server = scene.server } = prepared;
  const headers = { ...origin, "x-request-id": requestId, ...prepared.headers };
  const request = { headers, method: method ?? "POST", ...(token === undefined ? {} : { token }) };
  const answer =
    prepared.upload === undefined
      ? await rest(server.url, path, { ...request, ...(body === undefined ? {} : { body }) })
      : await sendPicture(new URL(path, server.url), { ...request, picture: prepared.upload });
  const { rows } = await runSql(
    scene.server.gatehouse.deps.db,
    `select action, coalesce(actor_id::text, actor_kind) as actor, account_id as account, target_id as target,
        personal->>'ip' as ip, personal->>'userAgent' as "userAgent"
      from audit_event where request_id = '${requestId}' order by action, target_id`,
  );
  return { answer, events: rows.map((row) => readEvent.parse(row)) };
}

interface PictureRequest {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly token?: string;
  readonly picture: Uint8Array<ArrayBuffer>;
}

async function sendPicture(url: URL, { method, headers, token = "", picture }: PictureRequest) {
  const authorization = `Bearer ${token}`;
  const sent = { method, headers: { ...headers, authorization, "content-type": "image/png" }, body: picture };
  const answer = await fetch(url, sent);
  return { status: answer.status, headers: answer.headers, body: await answer.json() };
}

const readEvent = z.strictObject({
  action: z.string(),
  actor: z.string(),
  account: z.string().nullable(),
  target: z.string(),
  ip: z.literal(origin["x-forwarded-for"]),
  userAgent: z.literal(origin["user-agent"]),
});

/** Asserts that the scenario records what it says, and returns the actions. */
export async function expectScenario(scene: Scene, { prepare }: Scenario): Promise<readonly string[]> {
  const prepared = await prepare(scene);
  const { answer, events } = await recordOf(scene, prepared);
  expect([answer.status, answer.body]).toEqual([expect.toBeOneOf([200, 201, 202, 204]), answer.body]);
  const stated = await prepared.events(answer.body);
  const recorded = events.map(({ ip: _ip, userAgent: _agent, ...event }) => event);
  const inOrder = (list: readonly RecordedEvent[]) => list.map((event) => JSON.stringify(event)).toSorted();
  const normalised = stated.map(({ action, actor, account, target }) => ({ action, actor, account, target }));
  expect(inOrder(recorded)).toEqual(inOrder(normalised));
  return recorded.map(({ action }) => action);
}
