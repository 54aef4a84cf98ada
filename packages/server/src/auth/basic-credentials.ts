import type { z } from "zod";
import { GatehouseError } from "../errors.ts";
import { toFieldErrors } from "../schema/field-errors.ts";
import { credentialsSchema } from "./schema.ts";

/**
 * The credentials of an `Authorization: Basic` header (RFC 7617, UTF-8). Throws `UNAUTHENTICATED` if there are none, and
 * `INVALID_INPUT` if no account can have them.
 */
export function parseBasicCredentials(authorization: string | undefined): z.output<typeof credentialsSchema> {
  const [, encoded = ""] = /^basic +([A-Za-z0-9+/]+={0,2})$/i.exec(authorization ?? "") ?? [];
  const decoded = decodeUtf8(Buffer.from(encoded, "base64"));
  const colon = decoded?.indexOf(":") ?? -1;
  if (decoded === undefined || colon === -1) {
    throw new GatehouseError("UNAUTHENTICATED", { detail: "Send the credentials as Authorization: Basic (RFC 7617)." });
  }
  const credentials = { identifier: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
  const parsed = credentialsSchema.safeParse(credentials);
  if (!parsed.success) throw new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(parsed.error.issues) });
  return parsed.data;
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
