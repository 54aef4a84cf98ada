import { escapeHtml } from "../escape-html.ts";
import { layout } from "./templates/layout.gen.ts";
import type { MailContent, MailTexts } from "./templates/mail-content.ts";

/** A mail's content and the values of its layout. */
export interface LaidOutMail {
  readonly content: MailContent;
  readonly texts: Pick<MailTexts, "fallback">;
  readonly language: string;
  readonly product: string;
  readonly greeting: string;
  readonly foot: string;
}

/** Renders the mail as HTML. */
export function toHtml({ content, texts, language, product, greeting, foot }: LaidOutMail): string {
  const { subject, title, paragraphs, facts = [], action, links = [], notes } = content;
  const [preview = ""] = paragraphs;
  const parts = [
    fill(layout.title, { title }),
    ...[greeting, ...paragraphs].map((text) => fill(layout.paragraph, { text })),
    ...facts.map((fact) => fill(layout.fact, fact)),
    ...(action === undefined ? [] : [fill(layout.button, action)]),
    ...links.map((link) => fill(layout.link, link)),
    ...notes.map((text) => fill(layout.note, { text })),
    ...(action === undefined ? [] : [fill(layout.link, { text: texts.fallback, url: action.url })]),
  ];
  const frame = { language, subject, preview, product, foot };
  return [fill(layout.before, frame), ...parts, fill(layout.after, frame)].join("");
}

/** Fills the placeholders in one pass, so that a value which looks like a placeholder stays text. */
function fill(part: string, values: Readonly<Record<string, string>>): string {
  return part.replaceAll(/\{\{(\w+)\}\}/g, (_gap, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`The layout uses ${name}, which has no value`);
    return escapeHtml(value);
  });
}
