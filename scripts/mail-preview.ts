// pnpm mail:preview: every mail in every language as files, with an index to open in a browser.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { renderMail } from "../packages/server/src/delivery/email/render.ts";
import { sampleMails } from "../packages/server/src/delivery/email/sample-mails.ts";
import { languages } from "../packages/server/src/delivery/language.ts";
import { readArguments, runCommand } from "./options.ts";
import { root } from "./pinned-node.mjs";

await runCommand(writePreview);

function writePreview(): number {
  readArguments({ command: "pnpm mail:preview" });
  const directory = join(root, ".data/mail-preview");
  mkdirSync(directory, { recursive: true });

  const rows = languages.flatMap((language) =>
    sampleMails(language).map((mail) => {
      const { subject, html, text } = renderMail({ productName: "Gatehouse" }, mail);
      const name = `${mail.template}.${language}`;
      writeFileSync(join(directory, `${name}.html`), html);
      writeFileSync(join(directory, `${name}.txt`), text);
      return `<li><a href="${name}.html">${subject}</a> · <a href="${name}.txt">text</a></li>`;
    }),
  );

  const index = join(directory, "index.html");
  writeFileSync(
    index,
    `<!doctype html><meta charset="utf-8"><title>Mails</title><h1>Mails</h1><ul>${rows.join("\n")}</ul>\n`,
  );
  console.log(`${rows.length} mails: ${pathToFileURL(index).href}`);
  return 0;
}
