import { readFile } from "node:fs/promises";
import type { FastifyInstance } from "fastify";
import type { Config } from "../../config.ts";
import { accountPages } from "../../delivery/account-page.ts";
import { type Language, languages } from "../../delivery/language.ts";
import { renderAccountPage } from "./page.ts";

/** Allows nothing inline and nothing from elsewhere, forbids framing, and blocks a form that is sent without the script. */
const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const assets = [
  { file: "page.js", type: "text/javascript; charset=utf-8" },
  { file: "redeem.js", type: "text/javascript; charset=utf-8" },
  { file: "origin.js", type: "text/javascript; charset=utf-8" },
  { file: "page.css", type: "text/css; charset=utf-8" },
] as const;

/** Adds `/account/<page>`, the pages that mails link to, for products without pages of their own at these addresses. */
export async function addAccountPages(
  app: FastifyInstance,
  {
    productName: product,
    passwordMinCharacters: minPasswordCharacters,
  }: Pick<Config, "productName" | "passwordMinCharacters">,
): Promise<void> {
  for (const page of accountPages) {
    app.get(`/account/${page}`, async (request, reply) => {
      const language = preferredLanguage(request.headers["accept-language"]);
      await reply
        .type("text/html; charset=utf-8")
        .headers({ "content-security-policy": contentSecurityPolicy, "content-language": language })
        .send(renderAccountPage({ page, language, product, minPasswordCharacters }));
    });
  }
  for (const { file, type } of assets) {
    const content = await readFile(new URL(`browser/${file}`, import.meta.url), "utf8");
    app.get(`/account/assets/${file}`, async (_request, reply) => {
      await reply.type(type).header("cache-control", "no-cache").send(content);
    });
  }
}

/**
 * Characters of `Accept-Language` that are read. Browsers send some tens; a header of the maximum size would keep the regular
 * expression busy.
 */
const maxHeaderCharacters = 500;

/** Returns the supported language with the highest weight in the header (RFC 9110, 12.5.4), or English if there is none. */
function preferredLanguage(acceptLanguage = ""): Language {
  const wanted = acceptLanguage
    .slice(0, maxHeaderCharacters)
    .split(",")
    .map(readRange)
    .filter(({ weight }) => weight > 0)
    .toSorted((a, b) => b.weight - a.weight);
  for (const { language } of wanted) {
    const ours = languages.find((candidate) => candidate === language);
    if (ours !== undefined) return ours;
  }
  return "en";
}

function readRange(range: string): { readonly language: string; readonly weight: number } {
  const [, language = "", weight = "1"] = /^\s*([a-z]+)[^;]*(?:;\s*q=([\d.]+))?\s*$/i.exec(range) ?? [];
  return { language: language.toLowerCase(), weight: language === "" ? 0 : Number(weight) };
}
