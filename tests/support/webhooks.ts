import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect, vi } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import type { EventType } from "../../packages/server/src/webhook/event-types.ts";
import type { TestGatehouse } from "./gatehouse.ts";
import { patience } from "./patience.ts";
import { type Account, rest } from "./rest.ts";

/** Settings with which a server delivers to receivers of this machine. */
export const insideReceivers = { OUTBOUND_HTTP: "on", OUTBOUND_PORTS: "any", OUTBOUND_INSIDE: "127.0.0.1" };

/** A request as a receiver got it. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The parsed body. Tests read it as loosely as a receiver in another language. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert what is in it
  readonly event: any;
}

/** What a receiver answers: a status, or a status with headers and a body. */
type ReceiverAnswer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string };

/** A real HTTP server to which webhooks are delivered. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Answers so from now on; a promise holds the answers back. */
  answer(answer: ReceiverAnswer | Promise<ReceiverAnswer>): void;
}

/** Starts a receiver on a free port, which answers 204. */
export async function startReceiver(): Promise<Receiver> {
  const requests: ReceivedRequest[] = [];
  let current: ReceiverAnswer | Promise<ReceiverAnswer> = { status: 204 };
  const server = createServer(async (request, response) => {
    const body = await text(request);
    requests.push({ path: request.url ?? "", headers: request.headers, body, event: JSON.parse(body) });
    const { status, headers = {}, body: content = "" } = await current;
    response.writeHead(status, headers).end(content);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook`,
    requests,
    answer: (answer) => {
      current = answer;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface WantedWebhook {
  readonly url: string;
  readonly events: readonly EventType[];
}

/** Creates a webhook, and returns what the call answers. */
export async function createWebhook(
  server: TestGatehouse,
  { accessToken: token }: Pick<Account, "accessToken">,
  webhook: WantedWebhook,
) {
  const { status, body } = await rest(server.url, "/v1/webhooks", { token, body: webhook });
  if (status !== 201) throw new Error(`The webhook was refused: ${JSON.stringify(body)}`);
  return body as { readonly webhook: { readonly id: string }; readonly secret: string };
}

/** The deliveries of a webhook, the newest first. */
export async function listDeliveries(
  server: TestGatehouse,
  { accessToken: token }: Pick<Account, "accessToken">,
  webhookId: string,
) {
  return (await rest(server.url, `/v1/webhooks/${webhookId}/deliveries`, { token })).body.items;
}

/** Waits until the receiver has got so many requests. */
export async function receiveRequests({ requests }: Receiver, count: number): Promise<readonly ReceivedRequest[]> {
  await vi.waitFor(() => expect(requests.length).toBeGreaterThanOrEqual(count), patience);
  return requests;
}

/** Waits until no delivery is being made: each has succeeded, or waits for another attempt. */
export async function settleDeliveries({ gatehouse }: TestGatehouse): Promise<void> {
  await vi.waitFor(async () => {
    const open = `select from pgboss.job where name = 'deliver-webhook' and state in ('created', 'active')`;
    expect((await runSql(gatehouse.deps.db, open)).rows).toHaveLength(0);
  }, patience);
}

/** The queue uses the database's clock, which a test cannot move. Its workers look at once, as they do for a new job. */
const makeDue = `with moved as (update pgboss.job set start_after = now()
    where name = 'deliver-webhook' and state = 'retry' returning name)
  select pg_notify('pgboss_' || left(encode(sha224('pgboss'), 'hex'), 24), name) from moved`;

/** Lets the attempts that wait be made now, and waits until they are. */
export async function retryNow(server: TestGatehouse): Promise<void> {
  await settleDeliveries(server);
  const before = await countAttempts(server);
  await runSql(server.gatehouse.deps.db, makeDue);
  await vi.waitFor(async () => expect(await countAttempts(server)).not.toBe(before), patience);
  await settleDeliveries(server);
}

async function countAttempts({ gatehouse }: TestGatehouse): Promise<string> {
  const { rows } = await runSql(gatehouse.deps.db, "select sum(attempts) as attempts from webhook_delivery");
  return String(rows[0]?.["attempts"]);
}
