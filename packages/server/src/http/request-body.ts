import { isUtf8 } from "node:buffer";
import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { Config } from "../config.ts";
import { GatehouseError } from "../errors.ts";
import type { ProcedureMeta } from "../rpc/meta.ts";

type BodyLimitConfig = Pick<Config, "maxBodyBytes">;

/** The largest body of a procedure's calls, in bytes: the server's own, unless the procedure takes more. */
export function bodyLimitOf({ maxBodyBytes }: BodyLimitConfig, meta: ProcedureMeta | undefined): number {
  return Math.max(maxBodyBytes, meta?.maxBodyBytes ?? 0);
}

/** The largest bodies over RPC, where the path names the procedures of a call or of a batch. */
export class RpcBodyLimits {
  /** Bytes that a body of any procedure may have, above which none is read to its end. */
  readonly largest: number;
  readonly #ofCalls: number;
  /** Of the procedures that take more than the server's own limit. */
  readonly #raised: ReadonlyMap<string, number>;

  constructor(config: BodyLimitConfig, router: AnyTRPCRouter) {
    const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
    const limits = Object.entries(procedures).map(([path, { _def }]) => {
      return [path, bodyLimitOf(config, _def.meta as ProcedureMeta | undefined)] as const;
    });
    this.#ofCalls = config.maxBodyBytes;
    this.#raised = new Map(limits.filter(([, limit]) => limit > config.maxBodyBytes));
    this.largest = Math.max(config.maxBodyBytes, ...this.#raised.values());
  }

  /**
   * Throws `PAYLOAD_TOO_LARGE` where the body is larger than one of the path's procedures takes. By the least of them, or a
   * large input for one procedure would be read by another that is in a batch with it.
   */
  refuseLarger(path: string, body: Buffer): void {
    if (body.length <= this.#ofCalls) return;
    const limits = path.split(",").map((procedure) => this.#raised.get(procedure) ?? this.#ofCalls);
    if (body.length > Math.min(...limits)) throw new GatehouseError("PAYLOAD_TOO_LARGE");
  }
}

/**
 * A body as text. Throws `INVALID_BODY` where it is not UTF-8: a lenient decoder would replace what it cannot read, and
 * with that make one password of two.
 */
export function decodeUtf8Body(body: Buffer): string {
  if (!isUtf8(body)) throw new GatehouseError("INVALID_BODY", { detail: "The body is not UTF-8." });
  return body.toString();
}
