import type { Writable } from "node:stream";
import { type DestinationStream, type Logger as PinoLogger, pino, stdSerializers } from "pino";
import type { Config } from "../config.ts";
import { StartupError } from "../startup-error.ts";
import { redactSecrets } from "./redaction.ts";

/** Structured logging with pino's levels; secrets are redacted by their names. */
export type Logger = PinoLogger;

/**
 * A logger on standard output or the given destination, as one JSON object a line or formatted for reading. The
 * formatter is there in development; a production install leaves it out, and asking for it then is a
 * {@link StartupError}.
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

/** What libraries hang on their errors is redacted too; PostgreSQL's `detail` quotes the row that a statement failed for. */
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
