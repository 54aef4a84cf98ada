import type { Config } from "../../config.ts";
import { type Language, languageOf } from "../language.ts";
import { type LaidOutMail, toHtml } from "./html.ts";
import type { Mail } from "./mail.ts";
import type { MailMessage } from "./mail-sender.ts";
import { english } from "./templates/english.ts";
import type { MailContent, MailTexts } from "./templates/mail-content.ts";
import { spanish } from "./templates/spanish.ts";

const textsOf: Readonly<Record<Language, MailTexts>> = { en: english, es: spanish };

/** A mail as its recipient reads it, in their language. */
export function renderMail(
  { productName: product }: Pick<Config, "productName">,
  mail: Mail,
): Pick<MailMessage, "subject" | "html" | "text"> {
  const language = languageOf(mail.locale);
  const texts = textsOf[language];
  const content = contentOf(texts, tamed(mail), product);
  const greeting = texts.greeting(greetable(mail.name));
  const laidOut = { content, texts, language, product, greeting, foot: texts.foot(product) };
  return { subject: content.subject, html: toHtml(laidOut), text: toText(laidOut) };
}

function contentOf(texts: MailTexts, mail: Mail, product: string): MailContent {
  // The compiler does not see that the template found by a mail's name takes that very mail; the table's type says so.
  const template = texts.templates[mail.template] as (mail: Mail, product: string) => MailContent;
  return template(mail, product);
}

/** Of what strangers wrote, one line that is not too long. */
function tamed(mail: Mail): Mail {
  if (mail.template === "new-sign-in") return { ...mail, device: oneLine(mail.device) };
  if (mail.template === "api-key-created") return { ...mail, keyName: oneLine(mail.keyName) };
  return mail;
}

const maxLineCharacters = 120;

function oneLine(text: string): string {
  const line = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ").trim();
  return line.length > maxLineCharacters ? `${line.slice(0, maxLineCharacters)}…` : line;
}

const maxNameCharacters = 60;

/**
 * Anybody can register somebody else's address under the name "Win a prize at example.com", which mail programs would
 * make a link: a name that could be one is not used.
 */
function greetable(name: string | null): string | null {
  const couldBeLink = name !== null && (/[/\\:@<>]|\p{C}|\.\S/u.test(name) || name.length > maxNameCharacters);
  return couldBeLink ? null : name;
}

/** The mail without HTML. */
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
