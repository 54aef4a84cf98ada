import type { z } from "zod";
import type { deviceSchema } from "./schema.ts";
import type { DeviceRow } from "./store.ts";

/** A device as the API returns it. */
export type Device = z.output<typeof deviceSchema>;

/** Converts a stored device to the form that the API returns, without its push token and its secret. */
export function toDevice(row: DeviceRow): Device {
  return {
    id: row.public_id,
    installationId: row.installation_id,
    platform: row.platform,
    name: row.name,
    model: row.model,
    osVersion: row.os_version,
    appVersion: row.app_version,
    locale: row.locale,
    timeZone: row.time_zone,
    active: row.active,
    muted: row.muted,
    hasPushToken: row.push_token !== null,
    pushService: row.push_service,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    lastSeenAt: row.last_seen_at,
  };
}
