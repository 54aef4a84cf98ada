import type { FastifyInstance } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { callLimits, enforceLimits } from "../limits/call-limit.ts";
import { downloadInput } from "../user/export/schema.ts";
import { openExport } from "../user/export/service.ts";

type ExportRouteDeps = Pick<Dependencies, "db" | "clock" | "keyRing" | "limits" | "config" | "log">;

/**
 * Adds the download of a user's copy of their data, by the token of a mail. The token comes in the body, like those of all links,
 * so that no log has it, and no program that opens the links of mails uses it up. It is no procedure, since a procedure's output
 * is in memory as a whole.
 */
export function addExportRoute(app: FastifyInstance, deps: ExportRouteDeps): void {
  app.post("/v1/exports/download", async (request, reply) => {
    await enforceLimits(deps, [callLimits.redemption], { per: "ip", key: request.clientAddress });
    const input = downloadInput.safeParse(request.body);
    if (!input.success)
      throw new GatehouseError("INVALID_INPUT", { detail: "The body has one field, `token`, a text." });
    const copy = await openExport(deps, input.data.token);
    return reply
      .type("application/json; charset=utf-8")
      .header("content-disposition", 'attachment; filename="my-data.json"')
      .header("cache-control", "no-store")
      .send(copy);
  });
}
