import { isUtf8 } from "node:buffer";
import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { Config } from "../config.ts";
import { GatehouseError } from "../errors.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";

/** Returns the largest body of a procedure's calls, in bytes: the server's limit, or the procedure's if that is higher. */
export function bodyLimitOf(config: Config, meta: ProcedureMeta | undefined): number {
  const own = meta?.maxBodyBytes ?? 0;
  return Math.max(config.maxBodyBytes, typeof own === "function" ? own(config) : own);
}

/**
 * The body limits of JSON over RPC, where the path names the procedure of a call or the procedures of a batch. Uploads have
 * routes of their own.
 */
export class RpcBodyLimits {
  /** The highest limit of any procedure, in bytes; a larger body is not read to its end. */
  readonly largest: number;
  readonly #ofCalls: number;
  /** The limits of the procedures that exceed the server's limit. */
  readonly #raised: ReadonlyMap<string, number>;

  constructor(config: Config, router: AnyTRPCRouter) {
    const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
    const limits = Object.entries(procedures).map(([path, { _def }]) => {
      const meta = _def.meta as ProcedureMeta | undefined;
      return [path, meta?.upload === undefined ? bodyLimitOf(config, meta) : config.maxBodyBytes] as const;
    });
    this.#ofCalls = config.maxBodyBytes;
    this.#raised = new Map(limits.filter(([, limit]) => limit > config.maxBodyBytes));
    this.largest = Math.max(config.maxBodyBytes, ...this.#raised.values());
  }

  /**
   * Throws `PAYLOAD_TOO_LARGE` if the body exceeds the lowest limit of the path's procedures. With a higher limit, a batch
   * could pass the large input of one procedure to another.
   */
  refuseLarger(path: string, body: Buffer): void {
    if (body.length <= this.#ofCalls) return;
    const limits = path.split(",").map((procedure) => this.#raised.get(procedure) ?? this.#ofCalls);
    if (body.length > Math.min(...limits)) throw new GatehouseError("PAYLOAD_TOO_LARGE");
  }
}

/**
 * Returns a body as text. Throws `INVALID_BODY` if it is not UTF-8: a lenient decoder would replace invalid bytes, and so make
 * two different passwords equal.
 */
export function decodeUtf8Body(body: Buffer): string {
  if (!isUtf8(body)) throw new GatehouseError("INVALID_BODY", { detail: "The body is not UTF-8." });
  return body.toString();
}
