import type { AppRouterWith } from "@gatehouse/server/api";

/** The app's own records, mounted beside Gatehouse's; see docs/guides/add-a-resource.md. */
export const routers = {};

/** The type of the whole API, for clients: `createClient<AppRouter>({ url })`. */
export type AppRouter = AppRouterWith<typeof routers>;
