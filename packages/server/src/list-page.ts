import { type CursorCodec, foreignCursor } from "./crypto/cursor.ts";

interface PageRequest {
  /** The name of the list and its owner, so that a cursor is valid for this list only. */
  readonly list: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** The keyset bounds of a page: at most `limit` rows with internal ids below `below`, the largest first. */
export interface PageBounds {
  readonly below: string;
  readonly limit: number;
}

/** The largest `bigint`. The first page starts below it, so that all pages use the same statement. */
const largestId = "9223372036854775807";

/** Rows of a page, and the cursor of the next; `null` at the end. */
interface ReadPage<Row> {
  readonly rows: readonly Row[];
  readonly nextCursor: string | null;
}

interface CursorDeps {
  readonly cursors: CursorCodec;
}

/** Reads a page of a list by keyset, newest row first. Throws `INVALID_INPUT` for a cursor that this list did not return. */
export async function readPage<Row extends { readonly id: string }>(
  deps: CursorDeps,
  request: PageRequest,
  read: (bounds: PageBounds) => Promise<readonly Row[]>,
): Promise<ReadPage<Row>> {
  return cutPage(deps, request, await read(boundsOf(deps, request)));
}

/** How a page is searched for, a bounded number of rows at a time. */
interface Search<Row> {
  readonly read: (bounds: PageBounds) => Promise<readonly Row[]>;
  /** The internal id of the last row that `read` looks at; `undefined` if there are no more behind it. */
  readonly findEnd: (bounds: PageBounds) => Promise<string | undefined>;
}

/**
 * Reads a page like {@link readPage} of a list that no index filters. A page with fewer rows than its limit is the last only if it
 * has no cursor; otherwise the search goes on where it stopped looking.
 */
export async function readSearchedPage<Row extends { readonly id: string }>(
  deps: CursorDeps,
  request: PageRequest,
  { read, findEnd }: Search<Row>,
): Promise<ReadPage<Row>> {
  const bounds = boundsOf(deps, request);
  const page = cutPage(deps, request, await read(bounds));
  if (page.nextCursor !== null) return page;
  const end = await findEnd(bounds);
  return { rows: page.rows, nextCursor: end === undefined ? null : deps.cursors.encode(request.list, end) };
}

function boundsOf({ cursors }: CursorDeps, { list, cursor, limit }: PageRequest): PageBounds {
  const below = cursor === undefined ? largestId : cursors.decode(list, cursor);
  if (!isId(below)) throw foreignCursor();
  // One row beyond the limit shows that there is a next page.
  return { below, limit: limit + 1 };
}

function cutPage<Row extends { readonly id: string }>(
  { cursors }: CursorDeps,
  { list, limit }: PageRequest,
  found: readonly Row[],
): ReadPage<Row> {
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > rows.length && last !== undefined;
  return { rows, nextCursor: hasMore ? cursors.encode(list, last.id) : null };
}

/** Whether the position is an internal id. A key holder can sign a cursor with any text, and other text fails the statement. */
function isId(position: string): boolean {
  return /^\d{1,19}$/.test(position) && BigInt(position) <= BigInt(largestId);
}

interface OrderedPageRequest extends PageRequest {
  /** Whether a row of this list can have the value. */
  readonly isValue: (value: string) => boolean;
}

/** A row with its place in an order: the value that is compared first, as text, and the internal id. */
export interface PlacedRow {
  readonly position: string;
  readonly id: string;
}

/**
 * Reads a page of a list in another order than the newest first. Throws `INVALID_INPUT` for a cursor that this list, with these
 * filters and in this order, did not return.
 */
export async function readOrderedPage<Row extends PlacedRow>(
  { cursors }: { readonly cursors: CursorCodec },
  { list, cursor, limit, isValue }: OrderedPageRequest,
  read: (page: {
    readonly after: { readonly value: string; readonly id: string } | undefined;
    readonly limit: number;
  }) => Promise<readonly Row[]>,
): Promise<{ rows: readonly Row[]; nextCursor: string | null }> {
  const after = cursor === undefined ? undefined : placeOf(cursors.decode(list, cursor));
  if (after !== undefined && !isValue(after.value)) throw foreignCursor();
  const found = await read({ after, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > rows.length && last !== undefined;
  return { rows, nextCursor: hasMore ? cursors.encode(list, `${last.id} ${last.position}`) : null };
}

function placeOf(position: string) {
  const [, id = "", value = ""] = /^(\d{1,19}) (.*)$/su.exec(position) ?? [];
  if (!isId(id)) throw foreignCursor();
  return { id, value };
}
