import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { FastifyRequest } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import type { GatehouseError } from "../errors.ts";
import { countRefused, countRequest } from "./request-count.ts";

type CountDeps = Pick<Dependencies, "limits" | "config">;

/**
 * Counts RPC requests that reach no procedure, since procedures count their own calls: unknown names, wrong methods and
 * unreadable requests.
 */
export class UncallableCalls {
  readonly #deps: CountDeps;
  /** The HTTP method of each procedure, by its name. */
  readonly #methods: ReadonlyMap<string, string>;
  readonly #counted = new WeakSet<FastifyRequest>();

  constructor(deps: CountDeps, router: AnyTRPCRouter) {
    this.#deps = deps;
    const procedures: Record<string, AnyTRPCProcedure> = router._def.procedures;
    this.#methods = new Map(
      Object.entries(procedures).map(([name, { _def }]) => [name, _def.type === "mutation" ? "POST" : "GET"]),
    );
  }

  /** Counts the calls of a request that tRPC will refuse by itself. Throws `TOO_MANY_REQUESTS`. */
  count(request: FastifyRequest, path: string): void {
    if (this.#isCallable(request, path)) return;
    const { batch } = request.query as { readonly batch?: unknown };
    const names = batch === "1" ? path.split(",") : [path];
    const uncallable = names.filter((name) => !this.#isCallable(request, name)).length;
    // A batch that is too large calls nothing, and counts as one call.
    const calls = names.length > this.#deps.config.maxBatchSize ? 1 : uncallable;
    if (calls > 0) this.#counted.add(request);
    for (let call = 0; call < calls; call++) countRequest(this.#deps, request);
  }

  /** Counts a request that was rejected before any call, unless it was counted already. Returns the error to send. */
  countRefused(request: FastifyRequest, refusal: GatehouseError): GatehouseError {
    return this.#counted.has(request) ? refusal : countRefused(this.#deps, request, refusal);
  }

  #isCallable(request: FastifyRequest, name: string): boolean {
    return this.#methods.get(name) === request.raw.method;
  }
}
