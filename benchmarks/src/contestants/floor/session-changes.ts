import { Client } from "pg";

/** The sessions that changed since this process started, as Gatehouse's triggers tell of them. */
export interface SessionChanges {
  includes(sessionId: string): boolean;
  close(): Promise<void>;
}

/** Listens on a connection of its own; unlike Gatehouse, it trusts that this never breaks. */
export async function followSessionChanges(databaseUrl: string): Promise<SessionChanges> {
  const changed = new Set<string>();
  const client = new Client(databaseUrl);
  client.on("notification", ({ payload = "" }) => changed.add(payload));
  await client.connect();
  await client.query("listen gatehouse_session_change");
  return { includes: (sessionId) => changed.has(sessionId), close: () => client.end() };
}
