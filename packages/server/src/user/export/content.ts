import type { Database } from "../../database/connection.ts";
import type { UserRow } from "../store.ts";
import {
  type ContentPage,
  findAccount,
  findPasswordTimes,
  listApiKeyContent,
  listDeviceContent,
  listEventsAbout,
  listEventsBy,
  listExportContent,
  listGroupContent,
  listLinkContent,
  listSessionContent,
} from "./content-store.ts";

interface ContentDeps {
  readonly db: Database;
  readonly clock: { now(): Date };
}

/** A row with its internal id, which is not exported. */
interface Row {
  readonly id: string;
}

type ReadPage = (db: Database, page: ContentPage) => Promise<readonly Row[]>;

/** The lists of a copy. A slice that holds anything about users adds its own; a test fails until it does. */
const lists: Readonly<Record<string, ReadPage>> = {
  sessions: listSessionContent,
  devices: listDeviceContent,
  apiKeys: listApiKeyContent,
  links: listLinkContent,
  groups: listGroupContent,
  exports: listExportContent,
  activity: listEventsBy,
  actionsOfOthers: listEventsAbout,
};

/** Rows that one statement reads. */
const pageSize = 500;

/**
 * Writes all that is held about a user as one JSON document, in pieces, however much it is. Secrets, such as keys and the hash of
 * the password, are left out: they say nothing about the user. Each page is as it was when it was read.
 */
export async function* writeContent(
  { db, clock }: ContentDeps,
  user: Pick<UserRow, "id" | "public_id">,
): AsyncGenerator<string> {
  const account = await findAccount(db, user.id);
  const password = await findPasswordTimes(db, user.id);
  const head = { exportedAt: clock.now(), account: account && toCamelCase(account) };
  yield `${JSON.stringify({ ...head, password: password === undefined ? null : toCamelCase(password) }).slice(0, -1)}`;
  for (const [name, readPage] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    yield* writeRows((after) =>
      readPage(db, { userId: user.id, userPublicId: user.public_id, after, limit: pageSize }),
    );
    yield "]";
  }
  yield "}\n";
}

async function* writeRows(read: (after: string) => Promise<readonly Row[]>): AsyncGenerator<string> {
  let after = "0";
  for (;;) {
    const rows = await read(after);
    const last = rows.at(-1);
    if (last === undefined) return;
    const texts = rows.map(({ id: _internal, ...row }) => `\n${JSON.stringify(toCamelCase(row))}`);
    yield `${after === "0" ? "" : ","}${texts.join(",")}`;
    if (rows.length < pageSize) return;
    after = last.id;
  }
}

/** Names columns as the API does: `public_id` is `id`, `created_at` is `createdAt`. */
function toCamelCase(row: object): object {
  const named = Object.entries(row).map(([column, value]) => [nameOf(column), value]);
  return Object.fromEntries(named);
}

function nameOf(column: string): string {
  return column === "public_id"
    ? "id"
    : column.replaceAll(/_([a-z])/g, (_text, letter: string) => letter.toUpperCase());
}
