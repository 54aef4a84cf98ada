import { type CursorCodec, foreignCursor } from "./crypto/cursor.ts";

interface PageRequest {
  /** Names the list and whose it is, so that a cursor fits no other. */
  readonly list: string;
  readonly cursor?: string | undefined;
  readonly limit: number;
}

/** What a store is asked for: so many rows below an internal id, the largest first. */
export interface PageBounds {
  readonly below: string;
  readonly limit: number;
}

/** The largest `bigint`: a list from the start runs the same statement as one that goes on. */
const largestId = "9223372036854775807";

/** A page of a list with the largest internal id, the newest row, first. Throws `INVALID_INPUT` for a foreign cursor. */
export async function readPage<Row extends { readonly id: string }>(
  { cursors }: { readonly cursors: CursorCodec },
  { list, cursor, limit }: PageRequest,
  read: (bounds: PageBounds) => Promise<readonly Row[]>,
): Promise<{ rows: readonly Row[]; nextCursor: string | null }> {
  const below = cursor === undefined ? largestId : cursors.decode(list, cursor);
  if (!isId(below)) throw foreignCursor();
  // One more than asked for tells whether there is a next page.
  const found = await read({ below, limit: limit + 1 });
  const rows = found.slice(0, limit);
  const last = rows.at(-1);
  const hasMore = found.length > rows.length && last !== undefined;
  return { rows, nextCursor: hasMore ? cursors.encode(list, last.id) : null };
}

/** Who holds the key can make a genuine cursor of any text, and the database fails at what is no number. */
function isId(position: string): boolean {
  return /^\d{1,19}$/.test(position) && BigInt(position) <= BigInt(largestId);
}
