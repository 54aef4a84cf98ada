import { migrateToLatest } from "@gatehouse/server/database";
import { listRolePermissions } from "../../packages/server/src/role/store.ts";
import { openEmpty } from "../database/drivers.ts";

/** The roles of a new server with their permissions. */
export async function rolesOfNewServer() {
  await using opened = await openEmpty("PGlite");
  await migrateToLatest(opened.db);
  const rows = await listRolePermissions(opened.db);
  const permissionsOf = (role: string) => rows.find(({ name }) => name === role)?.permissions ?? [];
  return { user: permissionsOf("user"), support: permissionsOf("support"), admin: permissionsOf("admin") };
}
