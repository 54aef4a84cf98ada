import type { AccountPage } from "../../delivery/account-page.ts";
import { escapeHtml } from "../../delivery/escape-html.ts";
import type { Language } from "../../delivery/language.ts";
import { passwordRefusalWords } from "../../password-refusal.ts";
import { type AccountAction, type AskingAction, askingPages, inspectionOf, operationOf } from "./actions.ts";
import { type PageTexts, pageTexts } from "./texts.ts";

interface PageOptions {
  readonly page: AccountPage;
  readonly language: Language;
  readonly product: string;
  /** The minimum length of a new password, in characters. */
  readonly minPasswordCharacters: number;
}

/** Renders a page. It is the same for every reader: the token stays in the fragment, which browsers do not send. */
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
  const asks = isAsking(action);
  const inspects = asks || action === "reset-password" ? ` data-inspection="${inspectionOf[action]}"` : "";
  return `<noscript><p role="alert">${texts.noScript}</p></noscript>
${outcome("done", doneTitle, done)}
${outcome("invalid", texts.invalidTitle, invalidOf(action, texts))}
${inspects === "" ? "" : outcome("unread", title, texts.unread)}
${asks ? disowned(action, texts) : ""}<form method="post" data-address="${operationOf[action]}"${inspects}${action === "forgot-password" ? "" : " data-takes-token"} hidden>
<h1>${title}</h1>
<p>${lead}</p>
${renderAlerts({ ...alerts, later, failed })}
${asks ? choice(action, texts) : `${html}<button>${button}</button>`}
</form>`;
}

function isAsking(action: AccountAction): action is AskingAction {
  return askingPages.some((page) => page === action);
}

/** Renders the section that replaces the form. */
function outcome(section: string, title: string, text: string): string {
  return `<section data-section="${section}" tabindex="-1" role="status" hidden><h1>${title}</h1><p>${text}</p></section>`;
}

/**
 * Returns as HTML where to get another link. A link that confirms an address mostly stops working because the address is
 * confirmed already.
 */
function invalidOf(action: AccountAction, { invalid }: PageTexts): string {
  if (action === "restore-account") return invalid.restore;
  if (action !== "reset-password") return action === "verify-email" ? invalid.confirmed : invalid.ofApp;
  return `${invalid.reset} <a href="/account/forgot-password">${invalid.askAgain}</a>`;
}

function disowned(action: AskingAction, texts: PageTexts): string {
  const { disownedTitle, disowned: text } = texts.questions[action];
  return `${outcome("disowned", disownedTitle, text)}\n`;
}

/** Renders the origin of the link, which the script fills in, and the question whether the reader requested the link. */
function choice(action: AskingAction, texts: PageTexts): string {
  const { email, browser, unknownBrowser, on, place, unknownPlace, time } = texts.origin;
  const { question, no } = texts.questions[action];
  return `<dl>
<dt>${email}</dt><dd data-origin="email"></dd>
<dt>${browser}</dt><dd data-origin="browser" data-unknown="${unknownBrowser}" data-on="${on}"></dd>
<dt>${place}</dt><dd data-origin="place" data-unknown="${unknownPlace}"></dd>
<dt>${time}</dt><dd data-origin="time"></dd>
</dl>
<p class="question">${question}</p>
<div class="choice">
<button name="requestedBy" value="me">${texts.actions[action].button}</button>
<button name="requestedBy" value="somebody_else" class="no">${no}</button>
</div>`;
}

/** The field that the reader fills in, if the page has one. */
interface Field {
  readonly html: string;
  /** The alerts about the field, by the names of their sections. */
  readonly alerts: Readonly<Record<string, string>>;
}

interface FieldOptions extends Pick<PageOptions, "language" | "minPasswordCharacters"> {
  readonly texts: PageTexts;
}

function fieldOf(action: AccountAction, { texts, language, minPasswordCharacters }: FieldOptions): Field {
  if (action === "reset-password") {
    const words = passwordRefusalWords(language, { minCharacters: minPasswordCharacters });
    const alerts = Object.fromEntries(Object.entries(words).map(([reason, text]) => [`password-${reason}`, text]));
    return { html: passwordField(texts, minPasswordCharacters), alerts };
  }
  if (action !== "forgot-password") return { html: "", alerts: {} };
  return { html: emailField(texts.email), alerts: { email: texts.emailRefused } };
}

function emailField(label: string): string {
  return `<label for="email">${label}</label>
<input id="email" name="email" type="email" autocomplete="username" required>
`;
}

/** Renders the alerts that are shown with the form, so that the reader can try again. */
function renderAlerts(messages: Readonly<Record<string, string>>): string {
  return Object.entries(messages)
    .map(([name, text]) => `<p data-section="${name}" tabindex="-1" role="alert" hidden>${text}</p>`)
    .join("\n");
}

/**
 * Renders a field without limits of length, since a browser counts characters differently than the server. The email address is
 * not sent: password managers find the entry of the password by it.
 */
function passwordField({ email, newPassword, passwordHint, showPassword }: PageTexts, minCharacters: number): string {
  return `<label hidden>${email} <input type="text" autocomplete="username" data-origin="email" readonly></label>
<label for="password">${newPassword}</label>
<input id="password" name="password" type="password" autocomplete="new-password" required aria-describedby="hint">
<p class="hint" id="hint">${passwordHint(minCharacters)}</p>
<label class="check"><input type="checkbox" data-shows="password"> ${showPassword}</label>
`;
}
