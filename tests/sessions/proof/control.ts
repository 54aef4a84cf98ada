import type { Pool } from "pg";
import { Gathered } from "./gathered.ts";

/** A row of a session of the proof, and whether its user is disabled. */
export interface FamilyRow {
  readonly public_id: string;
  readonly refresh_counter: number;
  readonly attempt: string | null;
  readonly rotated_at: Date;
  readonly idle_expires_at: Date;
  readonly expires_at: Date;
  readonly is_revoked: boolean;
  readonly is_disabled: boolean;
}

interface Change {
  readonly sessionId: string;
  readonly withinSeconds: number;
}

/** What the worlds ask the database past the instances, each question for all that ask it at once. */
export class Control {
  readonly #pool: Pool;
  readonly #changes = new Gathered<Change, boolean>((asked) => this.#readChanges(asked));
  readonly #rows = new Gathered<string, FamilyRow>((ids) => this.#readRows(ids));
  readonly #blockers = new Gathered<number, readonly number[]>((pids) => this.#readBlockers(pids));

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Whether a session was changed within so many seconds. */
  async hasChanged(sessionId: string, withinSeconds: number): Promise<boolean> {
    return await this.#changes.ask({ sessionId, withinSeconds });
  }

  async readRow(sessionId: string): Promise<FamilyRow> {
    return await this.#rows.ask(sessionId);
  }

  /** The server processes that hold a lock for which this one waits. */
  async readBlockers(pid: number): Promise<readonly number[]> {
    return await this.#blockers.ask(pid);
  }

  async #readChanges(asked: readonly Change[]): Promise<(change: Change) => boolean> {
    const { rows } = await this.#pool.query<{ public_id: string; seconds: number }>({
      name: "proof-changes",
      text: `select public_id, seconds
        from session join unnest($1::uuid[], $2::int[]) as asked (session_id, seconds) on public_id = session_id
        where changed_at > clock_timestamp() - make_interval(secs => seconds)`,
      values: [asked.map(({ sessionId }) => sessionId), asked.map(({ withinSeconds }) => withinSeconds)],
    });
    const changed = new Set(rows.map((row) => `${row.public_id} ${row.seconds}`));
    return ({ sessionId, withinSeconds }) => changed.has(`${sessionId} ${withinSeconds}`);
  }

  async #readRows(ids: readonly string[]): Promise<(id: string) => FamilyRow> {
    const { rows } = await this.#pool.query<FamilyRow>({
      name: "proof-family",
      text: `select session.public_id, refresh_counter, encode(attempt_digest, 'hex') as attempt, rotated_at, idle_expires_at,
          expires_at, revoked_at is not null as is_revoked, "user".status <> 'active' as is_disabled
        from session join "user" on "user".id = session.user_id where session.public_id = any($1)`,
      values: [ids],
    });
    const byId = new Map(rows.map((row) => [row.public_id, row]));
    return (id) => {
      const row = byId.get(id);
      if (row === undefined) throw new Error("The session is gone");
      return row;
    };
  }

  async #readBlockers(pids: readonly number[]): Promise<(pid: number) => readonly number[]> {
    const { rows } = await this.#pool.query<{ pid: number; blockers: number[] }>({
      name: "proof-blockers",
      text: "select pid, pg_blocking_pids(pid) as blockers from unnest($1::int[]) as pid",
      values: [pids],
    });
    const byPid = new Map(rows.map(({ pid, blockers }) => [pid, blockers]));
    return (pid) => byPid.get(pid) ?? [];
  }
}
