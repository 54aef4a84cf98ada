import type { AccountPage } from "../../delivery/account-page.ts";
import { escapeHtml } from "../../delivery/escape-html.ts";
import type { Language } from "../../delivery/language.ts";
import { type AccountAction, operationOf } from "./actions.ts";
import { type PageTexts, pageTexts } from "./texts.ts";

interface PageOptions {
  readonly page: AccountPage;
  readonly language: Language;
  readonly product: string;
}

/** A page: the same for everybody, since the token stays in the fragment, which no server sees. */
export function renderAccountPage({ page, language, product }: PageOptions): string {
  const texts = pageTexts[language];
  if (page !== "magic-link") {
    const script = '<script type="module" src="/account/assets/page.js"></script>\n';
    return layOut({ language, product, title: texts.actions[page].title, script, card: actionCard(page, texts) });
  }
  const { title, lead } = texts.magicLink;
  return layOut({ language, product, title, script: "", card: `<h1>${title}</h1>\n<p>${lead}</p>` });
}

interface Layout {
  readonly language: Language;
  readonly product: string;
  readonly title: string;
  readonly script: string;
  readonly card: string;
}

function layOut({ language, product, title, script, card }: Layout): string {
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${escapeHtml(product)}</title>
<link rel="stylesheet" href="/account/assets/page.css">
${script}</head>
<body>
<main>
<p class="product">${escapeHtml(product)}</p>
<div class="card">
${card}
</div>
</main>
</body>
</html>
`;
}

function actionCard(action: AccountAction, texts: PageTexts): string {
  const { title, lead, button, doneTitle, done } = texts.actions[action];
  const { passwordRefused: password, emailRefused: email, later, failed } = texts;
  return `<noscript><p role="alert">${texts.noScript}</p></noscript>
<section data-section="done" tabindex="-1" role="status" hidden><h1>${doneTitle}</h1><p>${done}</p></section>
<section data-section="invalid" tabindex="-1" role="status" hidden><h1>${texts.invalidTitle}</h1><p>${texts.invalid}</p></section>
<form method="post" data-address="${operationOf[action]}"${action === "forgot-password" ? "" : " data-takes-token"} hidden>
<h1>${title}</h1>
<p>${lead}</p>
${alerts({ password, email, later, failed })}
${fieldOf(action, texts)}<button>${button}</button>
</form>`;
}

function fieldOf(action: AccountAction, texts: PageTexts): string {
  if (action === "reset-password") return passwordField(texts.newPassword, texts.passwordHint);
  return action === "forgot-password" ? emailField(texts.email) : "";
}

function emailField(label: string): string {
  return `<label for="email">${label}</label>
<input id="email" name="email" type="email" autocomplete="username" required>
`;
}

/** What may be wrong while the form is still there to try again. */
function alerts(messages: Readonly<Record<string, string>>): string {
  return Object.entries(messages)
    .map(([name, text]) => `<p data-section="${name}" tabindex="-1" role="alert" hidden>${text}</p>`)
    .join("\n");
}

/** Its limits are the server's to say, which counts other characters than a browser does. */
function passwordField(label: string, hint: string): string {
  return `<label for="password">${label}</label>
<input id="password" name="password" type="password" autocomplete="new-password" required aria-describedby="hint">
<p class="hint" id="hint">${hint}</p>
`;
}
