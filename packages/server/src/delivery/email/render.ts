import type { Config } from "../../config.ts";
import { type Language, languageOf } from "../language.ts";
import { type LaidOutMail, toHtml } from "./html.ts";
import type { Mail } from "./mail.ts";
import type { MailMessage } from "./mail-sender.ts";
import { english } from "./templates/english.ts";
import type { MailContent, MailTexts } from "./templates/mail-content.ts";
import { spanish } from "./templates/spanish.ts";

const textsOf: Readonly<Record<Language, MailTexts>> = { en: english, es: spanish };

/** Renders a mail in the language of its recipient. */
export function renderMail(
  { productName: product }: Pick<Config, "productName">,
  mail: Mail,
): Pick<MailMessage, "subject" | "html" | "text"> {
  const language = languageOf(mail.locale);
  const texts = textsOf[language];
  const content = contentOf(texts, sanitize(mail), product);
  const greeting = texts.greeting(greetable(mail.name));
  const laidOut = { content, texts, language, product, greeting, foot: texts.foot(product) };
  return { subject: content.subject, html: toHtml(laidOut), text: toText(laidOut) };
}

function contentOf(texts: MailTexts, mail: Mail, product: string): MailContent {
  // The table's type guarantees that the template of a mail's name takes that mail; the compiler cannot infer it.
  const template = texts.templates[mail.template] as (mail: Mail, product: string) => MailContent;
  return template(mail, product);
}

/** Shortens text that an attacker may have written to one line. */
function sanitize(mail: Mail): Mail {
  if (mail.template === "new-sign-in") return { ...mail, device: oneLine(mail.device) };
  if (mail.template === "api-key-created") return { ...mail, keyName: oneLine(mail.keyName) };
  return mail;
}

const maxLineCharacters = 120;

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > maxLineCharacters ? `${line.slice(0, maxLineCharacters)}…` : line;
}

/** Long enough for "María de los Ángeles", and too short for a message. */
const maxNameWords = 4;
const maxNameCharacters = 40;

/**
 * Letters with their marks, apostrophes and hyphens. Lisu's tone letters are excluded: they look like full stops and commas.
 */
const nameWord = /^(?:(?![\u{a4f8}-\u{a4fd}])\p{L}\p{M}*|['’-])+$/u;

/**
 * Returns the name in NFKC if it may be used in a greeting, else `null`. An attacker can register a victim's address under the
 * name "Win a prize at example.com", so a text that could be a link, a telephone number or a sentence is rejected.
 */
function greetable(name: string | null): string | null {
  const normalized = name?.normalize("NFKC") ?? "";
  const words = normalized.split(" ");
  const isName = words.length <= maxNameWords && words.every((word) => nameWord.test(word));
  return isName && [...normalized].length <= maxNameCharacters ? normalized : null;
}

/** Renders the mail as plain text. */
function toText({ content, greeting, foot }: LaidOutMail): string {
  const { title, paragraphs, facts = [], action, links = [], notes } = content;
  const blocks = [
    title,
    greeting,
    ...paragraphs,
    ...(facts.length === 0 ? [] : [facts.map(({ label, value }) => `${label}: ${value}`).join("\n")]),
    ...(action === undefined ? [] : [`${action.label}:\n${action.url}`]),
    ...links.map(({ text, url }) => `${text}\n${url}`),
    ...notes,
    `-- \n${foot}`,
  ];
  return `${blocks.join("\n\n")}\n`;
}
