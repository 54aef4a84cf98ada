import { isUtf8 } from "node:buffer";
import { GatehouseError } from "../errors.ts";

/**
 * A body as text. Throws `INVALID_BODY` where it is not UTF-8: a lenient decoder would replace what it cannot read, and
 * with that make one password of two.
 */
export function decodeUtf8Body(body: Buffer): string {
  if (!isUtf8(body)) throw new GatehouseError("INVALID_BODY", { detail: "The body is not UTF-8." });
  return body.toString();
}
