// Compiles the mails' layout, so that a running server needs no MJML.
import { readFile } from "node:fs/promises";
import mjml2html from "mjml";

const layoutFile = new URL("../src/delivery/email/templates/layout.mjml", import.meta.url);

/** The source of `layout.gen.ts`: the layout as HTML, cut at its `part` comments. */
export async function compileMailLayout(): Promise<string> {
  const { html, errors } = await mjml2html(await readFile(layoutFile, "utf8"), {
    validationLevel: "strict",
    keepComments: true,
    // By default MJML links to Google's fonts, which would reveal that a mail was opened.
    fonts: {},
  });
  if (errors.length > 0) throw new Error(errors.map((error) => error.formattedMessage).join("\n"));
  const [before = "", ...parts] = withoutIndentation(html).split(/<!-- part (\w+) -->\n/);
  const cut = Array.from({ length: parts.length / 2 }, (_, at) => ({ name: parts[2 * at], html: parts[2 * at + 1] }));
  const entries = [{ name: "before", html: before }, ...cut].map(
    ({ name, html: part = "" }) => `  ${name === "end" ? "after" : name}: \`${escapeForTemplate(part)}\`,\n`,
  );
  return `// Made by \`pnpm mail:build\` from layout.mjml; do not edit.\n
/** The layout's beginning, its repeatable parts, and its end. */
export const layout = {\n${entries.join("")}} as const;\n`;
}

function withoutIndentation(html: string): string {
  return html.replaceAll(/\s*\n\s*/g, "\n").trim();
}

function escapeForTemplate(text: string): string {
  return text.replaceAll(/[\\`]|\$\{/g, (special) => `\\${special}`);
}
