import type { AccountPage } from "../../delivery/account-page.ts";
import { escapeHtml } from "../../delivery/escape-html.ts";
import type { Language } from "../../delivery/language.ts";
import { passwordRefusalWords } from "../../password-refusal.ts";
import { type AccountAction, operationOf } from "./actions.ts";
import { type PageTexts, pageTexts } from "./texts.ts";

interface PageOptions {
  readonly page: AccountPage;
  readonly language: Language;
  readonly product: string;
  /** Characters of a new password at least. */
  readonly minPasswordCharacters: number;
}

/** A page: the same for everybody, since the token stays in the fragment, which no server sees. */
export function renderAccountPage({ page, language, product, minPasswordCharacters }: PageOptions): string {
  const texts = pageTexts[language];
  if (page !== "magic-link") {
    const script = '<script type="module" src="/account/assets/page.js"></script>\n';
    const card = actionCard(page, texts, fieldOf(page, { texts, language, minPasswordCharacters }));
    return layOut({ language, product, title: texts.actions[page].title, script, card });
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

function actionCard(action: AccountAction, texts: PageTexts, { alerts, html }: Field): string {
  const { title, lead, button, doneTitle, done } = texts.actions[action];
  const { later, failed } = texts;
  return `<noscript><p role="alert">${texts.noScript}</p></noscript>
<section data-section="done" tabindex="-1" role="status" hidden><h1>${doneTitle}</h1><p>${done}</p></section>
<section data-section="invalid" tabindex="-1" role="status" hidden><h1>${texts.invalidTitle}</h1><p>${texts.invalid}</p></section>
<form method="post" data-address="${operationOf[action]}"${action === "forgot-password" ? "" : " data-takes-token"} hidden>
<h1>${title}</h1>
<p>${lead}</p>
${renderAlerts({ ...alerts, later, failed })}
${html}<button>${button}</button>
</form>`;
}

/** What the reader fills in, if anything. */
interface Field {
  readonly html: string;
  /** What may be wrong with it, by the name of its section. */
  readonly alerts: Readonly<Record<string, string>>;
}

interface FieldOptions extends Pick<PageOptions, "language" | "minPasswordCharacters"> {
  readonly texts: PageTexts;
}

function fieldOf(action: AccountAction, { texts, language, minPasswordCharacters }: FieldOptions): Field {
  if (action === "reset-password") {
    const words = passwordRefusalWords(language, { minCharacters: minPasswordCharacters });
    const alerts = Object.fromEntries(Object.entries(words).map(([reason, text]) => [`password-${reason}`, text]));
    return { html: passwordField(texts.newPassword, texts.passwordHint(minPasswordCharacters)), alerts };
  }
  if (action !== "forgot-password") return { html: "", alerts: {} };
  return { html: emailField(texts.email), alerts: { email: texts.emailRefused } };
}

function emailField(label: string): string {
  return `<label for="email">${label}</label>
<input id="email" name="email" type="email" autocomplete="username" required>
`;
}

/** What may be wrong while the form is still there to try again. */
function renderAlerts(messages: Readonly<Record<string, string>>): string {
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
