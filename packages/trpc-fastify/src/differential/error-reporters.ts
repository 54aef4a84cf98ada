import type { AnyTRPCRouter } from "@trpc/server";
import type { HTTPErrorHandler } from "@trpc/server/http";
import type { FastifyRequest } from "fastify";
import type { EventLog } from "./event-log.ts";

type ErrorReporter = HTTPErrorHandler<AnyTRPCRouter, FastifyRequest>;

/** The kinds of `onError`. */
export const errorReporters = {
  none: undefined,
  records: (log) => record(log),
  throws: (log) => (options) => {
    record(log)(options);
    throw new Error("onError fails.");
  },
} satisfies Record<string, ((log: EventLog) => ErrorReporter) | undefined>;

function record(log: EventLog): ErrorReporter {
  return ({ req, ctx, ...options }) => {
    log.add("onError", { ...options, url: req.raw.url, context: ctx === undefined ? "none" : Object.keys(ctx) });
  };
}
