import { z } from "zod";
import type { CursorCodec } from "../crypto/cursor.ts";
import type { Database } from "../database/connection.ts";
import { readSearchedPage } from "../list-page.ts";
import { appVersionNumbers } from "./app-version.ts";
import { toDevice } from "./device.ts";
import type { searchDevicesInput, searchDevicesOutput } from "./search-schema.ts";
import { type DeviceFilter, findEndOfWindow, searchDeviceRows } from "./search-store.ts";

interface SearchDeps {
  readonly db: Database;
  readonly cursors: CursorCodec;
}

type Wanted = z.output<typeof searchDevicesInput>;

/**
 * Searches the devices of all users, the newest first. A page may have fewer devices than its limit, or none, though more follow:
 * each looks through a bounded number of devices. Throws `INVALID_INPUT` for a cursor of another list or of another filter.
 */
export async function searchDevices(
  deps: SearchDeps,
  { cursor, limit, ...wanted }: Wanted,
): Promise<z.output<typeof searchDevicesOutput>> {
  const filter = toFilter(wanted);
  const request = { list: `device-search:${JSON.stringify(filter)}`, cursor, limit };
  const { rows, nextCursor } = await readSearchedPage(deps, request, {
    read: (page) => searchDeviceRows(deps.db, filter, page),
    findEnd: (page) => findEndOfWindow(deps.db, filter, page),
  });
  return { items: rows.map((row) => ({ ...toDevice(row), userId: row.user_public_id })), nextCursor };
}

function toFilter({
  search: text = "",
  minAppVersion,
  maxAppVersion,
  ...wanted
}: Omit<Wanted, "cursor" | "limit">): DeviceFilter {
  const search = text.normalize("NFC").trim();
  const isId = z.guid().safeParse(search).success;
  return {
    id: isId ? search : undefined,
    text: isId || search === "" ? undefined : search,
    userId: wanted.userId,
    platform: wanted.platform,
    pushService: wanted.pushService,
    minAppVersion: minAppVersion === undefined ? undefined : appVersionNumbers(minAppVersion),
    maxAppVersion: maxAppVersion === undefined ? undefined : appVersionNumbers(maxAppVersion),
    locale: wanted.locale,
    active: wanted.active,
    muted: wanted.muted,
    lastSeenFrom: wanted.lastSeenFrom,
    lastSeenTo: wanted.lastSeenTo,
  };
}
