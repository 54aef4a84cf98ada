import type { Config } from "../../config.ts";
import { escapeHtml } from "../../delivery/escape-html.ts";
import type { Language } from "../../delivery/language.ts";
import type { AskedSecondFactor } from "../second-factor-cookie.ts";
import type { Continuation } from "./continuation.ts";
import type { Alert } from "./fields.ts";
import type { PageTexts } from "./link-texts.ts";

/** The settings that every page shows. */
export type PageSettings = Pick<
  Config,
  | "mail"
  | "mfa"
  | "pages"
  | "passwordMinCharacters"
  | "productName"
  | "publicUrl"
  | "registrationIdentifiers"
  | "registrationMode"
  | "social"
>;

/** What a page is rendered for. */
export interface PageContext {
  readonly settings: PageSettings;
  readonly language: Language;
  /** The query that links to other pages keep, with its question mark, or nothing. Not escaped. */
  readonly query: string;
}

/** A page that knows where a sign-in continues. */
export interface SignInContext extends PageContext {
  readonly continuation: Continuation;
  /** The account that the app expects, as it wrote it. Default: none. */
  readonly loginHint?: string | undefined;
  /** The second factor of a sign-in that began at a provider. Default: none is asked for. */
  readonly asked?: AskedSecondFactor | undefined;
}

interface Layout extends PageContext {
  /** Escaped. */
  readonly title: string;
  /** The module that the page runs, if any. */
  readonly script?: string;
  /** As HTML. */
  readonly card: string;
}

/** Renders a page around its card. Nothing in it is inline: the script reads what it needs from attributes. */
export function layOut({ settings, language, title, script, card }: Layout): string {
  const product = escapeHtml(settings.productName);
  const module = script === undefined ? "" : `<script type="module" src="/account/assets/${script}"></script>\n`;
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="color-scheme" content="light dark">
<title>${title} · ${product}</title>
<link rel="icon" href="/account/assets/favicon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/account/assets/theme.css">
<link rel="stylesheet" href="/account/assets/page.css">
${module}</head>
<body>
<main>
<p class="product">${brand(settings, product)}</p>
<div class="card">
${card}
</div>
</main>
</body>
</html>
`;
}

function brand({ pages: { logoUrl } }: PageSettings, product: string): string {
  return logoUrl === undefined ? product : `<img src="${escapeHtml(logoUrl)}" alt="${product}" height="40">`;
}

interface Section {
  readonly name: string;
  /** Escaped, and so is the text. */
  readonly title: string;
  readonly text: string;
  /** As HTML, below the text. */
  readonly more?: string;
}

/** Renders a section that the script shows instead of the form. */
export function section({ name, title, text, more = "" }: Section): string {
  return `<section data-section="${name}" tabindex="-1" role="status" hidden><h1>${title}</h1><p>${text}</p>${more}</section>`;
}

/** Renders what readers without JavaScript see. */
export function withoutScript(text: string): string {
  return `<noscript><p role="alert">${text}</p></noscript>`;
}

interface WayOn {
  readonly href: string;
  readonly label: string;
  /** The label where the script puts in the address that came with a mail's link. */
  readonly labelElsewhere?: string;
}

/** Renders a link that looks like a button: the way on after a success or a dead end. */
export function wayOn({ href, label, labelElsewhere }: WayOn): string {
  const attribute = labelElsewhere === undefined ? "" : ` data-way-on="${labelElsewhere}"`;
  return `<p><a class="button" href="${escapeHtml(href)}"${attribute}>${label}</a></p>`;
}

/** Renders where the link of a mail leads that the form requests. */
export function redirectAttribute(signInUrl: string | undefined): string {
  return signInUrl === undefined ? "" : ` data-redirect-to="${escapeHtml(signInUrl)}"`;
}

/** Returns the alerts of every form: about a call that came too often, and one that failed. */
export function failures({ later, failed }: PageTexts): readonly Alert[] {
  return [
    { name: "later", text: later },
    { name: "failed", text: failed },
  ];
}
