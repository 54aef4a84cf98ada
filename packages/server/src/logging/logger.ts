import type { Writable } from "node:stream";
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from "pino";
import type { Config } from "../config.ts";
import { StartupError } from "../startup-error.ts";
import { redactSecrets } from "./redaction.ts";

/** A structured logger with pino's levels; secrets are redacted by their field names. */
export type Logger = PinoLogger;

/**
 * Creates a logger that writes to standard output or the given destination, either one JSON object a line or formatted for
 * reading. The formatter is an optional peer dependency, which a production install leaves out. Throws {@link StartupError}
 * if it is requested but not installed.
 */
export async function createLogger(config: Config["log"], destination?: Writable): Promise<Logger> {
  return pino(
    {
      level: config.level,
      formatters: { log: redactSecrets, level: (level) => ({ level }) },
      serializers: { err: serializeError },
    },
    config.format === "json" ? (destination ?? pino.destination(1)) : await prettyStream(destination),
  );
}

/**
 * Serializes an error and redacts the fields that libraries add to it. PostgreSQL's `detail` is always redacted, because it
 * quotes the row that the statement failed on.
 */
function serializeError(error: Error): Record<string, unknown> {
  return redactSecrets({ ...stdSerializers.err(error), ...("detail" in error ? { detail: "[redacted]" } : {}) });
}

async function prettyStream(destination: Writable | undefined): Promise<DestinationStream> {
  const { default: pretty } = await import("pino-pretty").catch((cause: unknown) => {
    const message = "LOG_FORMAT=pretty needs the package pino-pretty. Set LOG_FORMAT=json.";
    throw new StartupError("ConfigError", message, { cause });
  });
  const options = { ignore: "pid,hostname", translateTime: "SYS:HH:MM:ss", singleLine: true };
  return destination === undefined ? pretty(options) : pretty({ ...options, destination });
}
