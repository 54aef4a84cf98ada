import { BoundedMap } from "../../bounded-map.ts";

/** About 200 bytes each. */
const maxEntries = 20_000;

/**
 * The opened keys of sessions' refresh tokens, by the public id of their session. With a session's key, a process verifies a
 * token before it asks the database, so that the rotation is the only statement of a refresh. A key never changes; whether its
 * session has ended is not known here.
 */
export class RefreshKeys extends BoundedMap<string, Uint8Array> {
  constructor() {
    super(maxEntries);
  }
}
