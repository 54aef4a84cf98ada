import { sealedColumn } from "../../encryption/sealed-column.ts";

/** The context that binds the sealed refresh key to its session. */
export const refreshKeyContext = (sessionId: string) => `session:${sessionId}`;

/** The keys of the sessions' refresh tokens; the index of their versions is `session_refresh_key_version_index`. */
export const sealedRefreshKeys = sealedColumn({
  name: "sessions",
  table: "session",
  column: "refresh_key",
  idColumn: "public_id",
  idType: "uuid",
  contextOf: refreshKeyContext,
});
