import type { FloorDependencies } from "./dependencies.ts";

/** What a handler knows of a request. */
export interface FloorRequest {
  readonly authorization: string | undefined;
  readonly userAgent: string | undefined;
  readonly ip: string;
  /** Parsed and not checked: what the load sends is right. */
  readonly body: unknown;
}

/** What is sent: the output as JSON, or nothing. */
export interface FloorAnswer {
  readonly status: number;
  readonly output?: unknown;
}

/** Does the work of a call, whatever server it is mounted on. */
export type FloorHandler = (deps: FloorDependencies, request: FloorRequest) => Promise<FloorAnswer>;
