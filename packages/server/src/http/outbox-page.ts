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

/** Nothing runs on these pages; a mail is framed by its own. */
const pagePolicy =
  "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'";

/** A mail as it looks: no script, nothing loaded, framed by the page around it alone; its links open another tab. */
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox";

/**
 * `/dev/outbox`: what would have been sent, in development and tests, for callers that {@link guardOutbox} admits.
 * Elsewhere there is no such page, whatever the settings of delivery.
 */
export function addOutboxPages(app: FastifyInstance, deps: OutboxPageDeps): void {
  if (!hasOutbox({ NODE_ENV: deps.config.environment })) return;
  const options = { config: { cors: false }, onRequest: guardOutbox(deps) } as const;
  // CORS would otherwise answer a preflight for every address.
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
    // The sandbox gives it an origin of its own, which is no other page's: browsers warn where it asks for a cluster.
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
