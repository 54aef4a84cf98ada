import type { AnyTRPCProcedure, AnyTRPCRouter } from "@trpc/server";
import type { FastifyRequest } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import type { GatehouseError } from "../errors.ts";
import { countRefused, countRequest } from "./request-count.ts";

type CountDeps = Pick<Dependencies, "limits" | "config">;

/**
 * Counts what is asked for over RPC and reaches no procedure, since procedures count their own calls: names of none, the
 * other method, requests that cannot be read.
 */
export class UncallableCalls {
  readonly #deps: CountDeps;
  /** How each procedure is called, by its name. */
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
    // Of a batch that is too large nothing is called.
    const calls = names.length > this.#deps.config.maxBatchSize ? 1 : uncallable;
    if (calls > 0) this.#counted.add(request);
    for (let call = 0; call < calls; call++) countRequest(this.#deps, request);
  }

  /** Counts a request that was refused before anything was called, and returns the error to answer. */
  countRefused(request: FastifyRequest, refusal: GatehouseError): GatehouseError {
    return this.#counted.has(request) ? refusal : countRefused(this.#deps, request, refusal);
  }

  #isCallable(request: FastifyRequest, name: string): boolean {
    return this.#methods.get(name) === request.raw.method;
  }
}
