import { expect, vi } from "vitest";
import { systemCall } from "../../packages/server/src/audit/call.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { PushMessage, PushOutcome, PushSender } from "../../packages/server/src/delivery/push/push-sender.ts";
import { deliverDue } from "../../packages/server/src/notification/deliver.ts";
import { fanOutDue } from "../../packages/server/src/notification/fan-out.ts";
import { getNotification } from "../../packages/server/src/notification/service.ts";
import { registerWithRoles } from "./administrators.ts";
import { startGatehouse, type TestGatehouse } from "./gatehouse.ts";
import { patience } from "./patience.ts";
import { type Account, type RestResponse, rest } from "./rest.ts";

type Answer = (message: PushMessage, signal: AbortSignal) => PushOutcome | Promise<PushOutcome>;

/** A push service of the tests, which keeps what it is sent and answers as a test says. */
export class PlayedSender implements PushSender {
  readonly messages: PushMessage[] = [];
  #answer: Answer = () => ({ status: "sent" });

  /** Answers so from now on. */
  answer(answer: Answer | PushOutcome): void {
    this.#answer = typeof answer === "function" ? answer : () => answer;
  }

  /** The tokens that messages went to, in alphabetical order. */
  get tokens(): readonly string[] {
    return this.messages.map(({ target }) => target.token).toSorted();
  }

  async send(messages: readonly PushMessage[], signal: AbortSignal): Promise<readonly PushOutcome[]> {
    this.messages.push(...messages);
    return await Promise.all(messages.map((message) => this.#answer(message, signal)));
  }

  /** It knows no more than it answered. */
  async readReceipts(receiptIds: readonly string[]): Promise<readonly undefined[]> {
    return receiptIds.map(() => undefined);
  }
}

/** A server with a push service of the tests, and an administrator of it. */
export interface PushScene extends AsyncDisposable {
  readonly server: TestGatehouse;
  readonly sender: PlayedSender;
  readonly admin: Account;
}

/** Starts it without workers: tests call {@link work}. With `JOBS=on` the server works by itself. */
export async function startPushScene({
  environment = {},
  ...options
}: Parameters<typeof startGatehouse>[0] = {}): Promise<PushScene> {
  const sender = new PlayedSender();
  const server = await startGatehouse({
    pushSender: sender,
    ...options,
    environment: { JOBS: "off", ...environment },
  });
  const admin = await registerWithRoles(server);
  return { server, sender, admin, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const running = new AbortController().signal;

/** Finds the devices of what is to be sent now, as a worker does. */
export async function fanOut({ gatehouse: { deps } }: TestGatehouse): Promise<void> {
  await fanOutDue(deps, running);
}

/** Delivers what is due now, as a worker does until it is told to stop. */
export async function deliver(
  { gatehouse: { deps } }: TestGatehouse,
  { stopped = running, aborted = running }: { readonly stopped?: AbortSignal; readonly aborted?: AbortSignal } = {},
): Promise<void> {
  await deliverDue({ ...deps, call: systemCall }, { stopped, aborted });
}

/** Does all that is due now. */
export async function work(server: TestGatehouse): Promise<void> {
  await fanOut(server);
  await deliver(server);
}

/** A device on which its user is signed in. */
export interface PushDevice {
  /** The public id. */
  readonly id: string;
  /** The public id. */
  readonly userId: string;
  readonly token: string;
}

interface WantedDevices {
  readonly count: number;
  /** The public id of the user of all of them. Default: a user for each. */
  readonly userId?: string;
  /** Columns of the devices as SQL, in which `n` counts from 1. */
  readonly columns?: Readonly<Record<string, string>>;
}

/** Adds devices on which their users are signed in, in the database: thousands would take too long over REST. */
export async function addDevices(
  { gatehouse: { deps }, clock }: TestGatehouse,
  { count, userId, columns = {} }: WantedDevices,
): Promise<readonly PushDevice[]> {
  const now = `timestamptz '${clock.now().toISOString()}'`;
  const batch = crypto.randomUUID().replaceAll("-", "");
  const values: Readonly<Record<string, string>> = {
    public_id: "gen_random_uuid()",
    installation_id: `'${batch}-' || n`,
    user_id: "user_id",
    platform: "'ios'",
    push_token: `'${batch}-' || lpad(n::text, 6, '0')`,
    push_service: "'apns'",
    push_token_set_at: now,
    active: "true",
    created_at: now,
    updated_at: now,
    last_seen_at: now,
    ...columns,
  };
  const [owner, wanted] =
    userId === undefined
      ? [
          `insert into "user" (public_id, locale, status, roles, created_at, updated_at, anonymous_since)
            select gen_random_uuid(), 'en', 'active', '{user}', ${now}, ${now}, ${now} from generate_series(1, ${count})
            returning id, public_id`,
          "select row_number() over (order by id) as n, id as user_id from owner",
        ]
      : [
          `select id, public_id from "user" where public_id = '${userId}'`,
          `select n, owner.id as user_id from owner cross join generate_series(1, ${count}) as n`,
        ];
  const { rows } = await runSql(
    deps.db,
    `with owner as (${owner}),
    wanted as (${wanted}),
    added as (
      insert into device (${Object.keys(values).join(", ")}) select ${Object.values(values).join(", ")}
      from wanted order by n
      returning id, public_id, user_id, push_token
    ),
    signed_in as (
      insert into session (public_id, user_id, device_id, refresh_key, refresh_counter, rotated_at, remembered, methods,
        created_at, last_seen_at, idle_expires_at, expires_at)
      select gen_random_uuid(), user_id, id, '\\x01', 0, ${now}, true, '{pwd}', ${now}, ${now},
        ${now} + interval '1 year', ${now} + interval '1 year'
      from added
    )
    select added.public_id::text as id, owner.public_id::text as "userId", added.push_token as token
    from added join owner on owner.id = added.user_id order by added.id`,
  );
  return rows as unknown as readonly PushDevice[];
}

const message = { title: "News", body: "There is something new." };

/** Sends a notification over REST. */
export function send(
  { server, admin }: Pick<PushScene, "server" | "admin">,
  fields: Readonly<Record<string, unknown>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<RestResponse> {
  return rest(server.url, "/v1/notifications", { token: admin.accessToken, body: { ...message, ...fields }, headers });
}

/** Sends a notification, and returns its id. */
export async function sendFor(
  scene: Pick<PushScene, "server" | "admin">,
  fields: Readonly<Record<string, unknown>>,
): Promise<string> {
  const { status, body } = await send(scene, fields);
  if (status !== 202) throw new Error(`The notification was refused: ${JSON.stringify(body)}`);
  return body.id;
}

/** Reads a notification as JSON has it, however far the clock was moved since the administrator signed in. */
// biome-ignore lint/suspicious/noExplicitAny: the tests assert what is in it
export async function read({ server }: Pick<PushScene, "server">, id: string): Promise<any> {
  return JSON.parse(JSON.stringify(await getNotification(server.gatehouse.deps, id)));
}

/** The counts of a notification that are not 0. */
export async function countsOf(
  scene: Pick<PushScene, "server">,
  id: string,
): Promise<Readonly<Record<string, number>>> {
  const { counts } = await read(scene, id);
  return Object.fromEntries(Object.entries<number>(counts).filter(([, count]) => count > 0));
}

/** Cancels a notification over REST. */
export function cancel({ server, admin }: Pick<PushScene, "server" | "admin">, id: string): Promise<RestResponse> {
  return rest(server.url, `/v1/notifications/${id}/cancel`, { method: "POST", token: admin.accessToken });
}

/** The ledger of a notification by state, counted in its rows. */
export async function ledgerOf({ server }: Pick<PushScene, "server">, id: string) {
  const { rows } = await runSql(
    server.gatehouse.deps.db,
    `select d.state, count(*)::int as count, min(d.reason) as reason from notification_delivery d
      join notification n on n.id = d.notification_id where n.public_id = '${id}' group by 1 order by 1`,
  );
  return rows;
}

/** Waits until workers have settled all of a notification. */
export async function waitUntilDone(scene: Pick<PushScene, "server">, id: string): Promise<void> {
  await vi.waitFor(async () => expect((await read(scene, id)).status).toBe("done"), patience);
}
