import { createHmac, timingSafeEqual } from "node:crypto";
import { GatehouseError } from "../errors.ts";
import type { KeyRing } from "./key-ring.ts";

const macBytes = 16;

/**
 * Encodes a position in a list as a cursor: opaque to the caller, and rejected if it was altered or belongs to another list.
 */
export interface CursorCodec {
  /** `list` names the list and its owner, so that the cursor is valid for no other list. */
  encode(list: string, position: string): string;
  /** Throws `INVALID_INPUT` naming `cursor`. */
  decode(list: string, cursor: string): string;
}

/** Cursors are `base64url(MAC · position)`, the MAC a truncated HMAC-SHA-256 under keys of the ring. */
export function createCursorCodec(keyRing: KeyRing): CursorCodec {
  const keys = keyRing.derive("cursor");
  const mac = (key: Uint8Array, list: string, position: string) =>
    createHmac("sha256", key).update(`${list}\n${position}`).digest().subarray(0, macBytes);
  const [newest] = keys;
  if (newest === undefined) throw new Error("a key ring holds at least one key");
  return {
    encode: (list, position) =>
      Buffer.concat([mac(newest, list, position), Buffer.from(position)]).toString("base64url"),
    decode(list, cursor) {
      const bytes = Buffer.from(cursor, "base64url");
      const position = bytes.subarray(macBytes).toString();
      const presented = bytes.subarray(0, macBytes);
      const genuine = keys.some((key) => {
        const expected = mac(key, list, position);
        return expected.length === presented.length && timingSafeEqual(expected, presented);
      });
      // Base64 has several spellings for the same bytes; only the one that was handed out is accepted.
      if (genuine && bytes.toString("base64url") === cursor) return position;
      throw foreignCursor();
    },
  };
}

/** The error for a cursor that this list did not return. */
export function foreignCursor(): GatehouseError {
  const message = "Not a cursor of this list; send one that this list returned";
  return new GatehouseError("INVALID_INPUT", { errors: [{ path: "cursor", message }] });
}
