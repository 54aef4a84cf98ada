import type { Database } from "../../database/connection.ts";
import { pictureMediaType, pictureSizes } from "../../picture/picture.ts";
import type { Pictures } from "../../picture/pictures.ts";
import type { UserRow } from "../store.ts";
import {
  type ContentPage,
  findAccount,
  findAuthenticatorTimes,
  findPasswordTimes,
  findPictureContent,
  listApiKeyContent,
  listChallengeContent,
  listDeviceContent,
  listEventsAbout,
  listEventsBy,
  listExportContent,
  listGroupContent,
  listIdentityContent,
  listLinkContent,
  listPasskeyContent,
  listRecoveryCodeContent,
  listRecoveryContent,
  listSessionContent,
} from "./content-store.ts";

/** What writing a copy needs. */
export interface ContentDeps {
  readonly db: Database;
  readonly clock: { now(): Date };
  readonly pictures: Pick<Pictures, "storage">;
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
  passkeys: listPasskeyContent,
  identities: listIdentityContent,
  links: listLinkContent,
  recoveryCodes: listRecoveryCodeContent,
  recoveries: listRecoveryContent,
  waitingSignIns: listChallengeContent,
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
  deps: ContentDeps,
  user: Pick<UserRow, "id" | "public_id">,
): AsyncGenerator<string> {
  const { db, clock } = deps;
  const account = await findAccount(db, user.id);
  const password = await findPasswordTimes(db, user.id);
  const head = { exportedAt: clock.now(), account: account && toCamelCase(account) };
  const picture = await readPicture(deps, user.id);
  const authenticator = await findAuthenticatorTimes(db, user.id);
  const credentials = { password: orNull(password), authenticator: orNull(authenticator) };
  yield JSON.stringify({ ...head, picture, ...credentials }).slice(0, -1);
  for (const [name, readPage] of Object.entries(lists)) {
    yield `,\n${JSON.stringify(name)}:[`;
    yield* writeRows((after) =>
      readPage(db, { userId: user.id, userPublicId: user.public_id, after, limit: pageSize }),
    );
    yield "]";
  }
  yield "}\n";
}

/** The picture that the user shows, with its files in base64. */
async function readPicture({ db, pictures }: ContentDeps, userId: string): Promise<object | null> {
  const row = await findPictureContent(db, userId);
  if (row === undefined) return null;
  const storage = pictures.storage(row.storage);
  const files = pictureSizes.map(async (size) => {
    const content = await storage.get(row.id, size);
    return [size, content === undefined ? null : Buffer.from(content).toString("base64")] as const;
  });
  return { ...toCamelCase(row), mediaType: pictureMediaType, files: Object.fromEntries(await Promise.all(files)) };
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

function orNull(row: object | undefined): object | null {
  return row === undefined ? null : toCamelCase(row);
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
