import type { FastifyInstance, FastifyReply } from "fastify";
import { deferredMailJob } from "../auth/notice/deferred-mail.ts";
import { hasOutbox } from "../delivery/config.ts";
import { listOutbox, readOutbox } from "../delivery/outbox/service.ts";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { findWaitingJobs } from "../jobs/store.ts";
import { guardOutbox } from "./outbox-guard.ts";
import { listPage, messagePage } from "./outbox-page-html.ts";

type OutboxPageDeps = Pick<Dependencies, "config" | "db" | "keyRing">;

/** Allows no scripts, and only frames of this server, which show a mail under {@link mailPolicy}. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'";

/** Allows a mail neither scripts nor requests. Only a page of this server may frame it; its links open another tab. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/**
 * Adds `/dev/outbox` in development and tests, which shows the messages that would have been sent, to callers that
 * {@link guardOutbox} admits. Elsewhere the pages do not exist, whatever the settings of delivery.
 */
export function addOutboxPages(app: FastifyInstance, deps: OutboxPageDeps): void {
  if (!hasOutbox({ NODE_ENV: deps.config.environment })) return;
  const options = { config: { cors: false }, onRequest: guardOutbox(deps) } as const;
  // Without this route, CORS would respond to a preflight.
  app.options("/dev/*", { config: { cors: false } }, async () => {
    throw new GatehouseError("NOT_FOUND");
  });
  app.get("/dev/outbox", options, async (_request, reply) =>
    sendHtml(reply, pagePolicy, listPage(await listOutbox(deps), await findWaitingJobs(deps.db, deferredMailJob.name))),
  );
  app.get<{ Params: { id: string } }>("/dev/outbox/:id", options, async (request, reply) =>
    sendHtml(reply, pagePolicy, messagePage(await findMessage(deps, request.params.id))),
  );
  app.get<{ Params: { id: string } }>("/dev/outbox/:id/html", options, async (request, reply) => {
    const { html } = await findMessage(deps, request.params.id);
    if (html === null) throw new GatehouseError("NOT_FOUND");
    // The sandbox gives the mail an opaque origin, for which browsers warn about this header.
    reply.removeHeader("origin-agent-cluster");
    return sendHtml(reply, mailPolicy, html.replace("<head>", '<head><base target="_blank">'));
  });
}

async function findMessage(deps: OutboxPageDeps, id: string) {
  const isId = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id);
  const message = isId ? await readOutbox(deps, id) : undefined;
  if (message === undefined) throw new GatehouseError("NOT_FOUND", { detail: "The outbox has no such message." });
  return message;
}

function sendHtml(reply: FastifyReply, policy: string, html: string): FastifyReply {
  return reply.type("text/html; charset=utf-8").header("content-security-policy", policy).send(html);
}
