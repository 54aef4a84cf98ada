import { Readable } from "node:stream";
import type { FastifyInstance } from "fastify";
import { auditFilterSchema } from "../audit/schema.ts";
import { exportAuditEvents, recordAuditExport } from "../audit/service.ts";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { admitToRoute } from "../rpc/route-authorization.ts";
import { toFieldErrors } from "../schema/field-errors.ts";
import { createContext } from "./request-info.ts";

/**
 * Adds the export of the audit log for operators with `audit:read`: all events that match, one JSON object a line. It is no
 * procedure, since a procedure's output is in memory as a whole. The response breaks off if the caller loses the permission or
 * the session meanwhile.
 */
export function addAuditExportRoute(app: FastifyInstance, deps: Dependencies): void {
  // A HEAD would record an export that nobody got.
  app.get("/v1/audit-events/export", { exposeHeadRoute: false }, async (request, reply) => {
    const ctx = createContext(deps, { request, reply });
    const caller = await admitToRoute(ctx, "audit:read");
    const filter = auditFilterSchema.safeParse(request.query);
    if (!filter.success) throw new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(filter.error.issues) });
    await recordAuditExport({ ...deps, call: caller.call }, filter.data);
    const events = exportAuditEvents(deps, filter.data, () => caller.requireStill());
    return reply
      .type("application/x-ndjson; charset=utf-8")
      .header("content-disposition", 'attachment; filename="audit-events.ndjson"')
      .header("cache-control", "no-store")
      .send(Readable.from(linesOf(events)));
  });
}

async function* linesOf(events: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}
