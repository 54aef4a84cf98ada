import type { FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../../config.ts";
import { languageFor } from "./language.ts";
import type { PageContext, PageSettings } from "./layout.ts";

/** What a page is rendered for, as the request says. */
export function contextOf(settings: PageSettings, request: FastifyRequest): PageContext {
  const { ui_locales: uiLocales } = queryOf(request);
  const accepted = request.headers["accept-language"];
  const language = languageFor({ uiLocales: typeof uiLocales === "string" ? uiLocales : undefined, accepted });
  return { settings, language, query: "" };
}

/** The parameters of the address; a repeated one is a list. */
export function queryOf({ query }: FastifyRequest): Readonly<Record<string, unknown>> {
  return typeof query === "object" && query !== null ? { ...query } : {};
}

/** Sends a page with its headers. */
export function sendPage(reply: FastifyReply, { settings, language }: PageContext, html: string): FastifyReply {
  const headers = { "content-security-policy": policyOf(settings), "content-language": language };
  return reply.type("text/html; charset=utf-8").headers(headers).send(html);
}

/**
 * Allows nothing inline and nothing from elsewhere but the logo, forbids framing, and blocks a form that is sent without the
 * script.
 */
function policyOf({ pages: { logoUrl } }: Pick<Config, "pages">): string {
  const images = logoUrl === undefined ? "'self'" : `'self' ${new URL(logoUrl).origin}`;
  return `default-src 'none'; script-src 'self'; style-src 'self'; img-src ${images}; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
