import type { Config } from "../config.ts";

/** The settings that decide which pages may call, and which of them with cookies. */
export type OriginSettings = Pick<Config, "corsOrigins" | "environment" | "publicUrl">;

/** Whether CORS allows every origin: without cookies, except for those of {@link isNamedOrigin}. */
export function isOpenToAll({ corsOrigins }: Pick<OriginSettings, "corsOrigins">): boolean {
  return corsOrigins.includes("*");
}

/** Whether the headers of CORS depend on the page that calls. */
export function variesByOrigin(settings: OriginSettings): boolean {
  return !isOpenToAll(settings) || settings.environment === "development";
}

/**
 * Whether pages of this origin, which is not the server's own, may use cookies: those that `CORS_ORIGINS` names, and in
 * development with `*` those of every port of this machine.
 */
export function isNamedOrigin(settings: OriginSettings, origin: string): boolean {
  if (origin !== "*" && settings.corsOrigins.includes(origin)) return true;
  return settings.environment === "development" && isOpenToAll(settings) && isOfThisMachine(origin);
}

/** Whether pages of this origin may use cookies. */
export function mayUseCookies(settings: OriginSettings, origin: string): boolean {
  return origin === settings.publicUrl || isNamedOrigin(settings, origin);
}

/** What `Origin` says of pages that this machine serves to its own browsers. */
const localPage = /^https?:\/\/(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/;

function isOfThisMachine(origin: string): boolean {
  return localPage.test(origin);
}
