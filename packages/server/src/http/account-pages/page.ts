import { escapeHtml } from "../../delivery/escape-html.ts";
import type { Language } from "../../delivery/language.ts";
import { type AccountAction, operationOf } from "./actions.ts";
import { pageTexts } from "./texts.ts";

interface AccountPage {
  readonly action: AccountAction;
  readonly language: Language;
  readonly product: string;
}

/** The page of an action: the same for everybody, since the token stays in the fragment, which no server sees. */
export function renderAccountPage({ action, language, product }: AccountPage): string {
  const texts = pageTexts[language];
  const { title, lead, button, doneTitle, done } = texts.actions[action];
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${title} · ${escapeHtml(product)}</title>
<link rel="stylesheet" href="/account/assets/page.css">
<script type="module" src="/account/assets/page.js"></script>
</head>
<body>
<main>
<p class="product">${escapeHtml(product)}</p>
<div class="card">
<noscript><p role="alert">${texts.noScript}</p></noscript>
<section data-section="done" tabindex="-1" role="status" hidden><h1>${doneTitle}</h1><p>${done}</p></section>
<section data-section="invalid" tabindex="-1" role="status" hidden><h1>${texts.invalidTitle}</h1><p>${texts.invalid}</p></section>
<form method="post" data-address="${operationOf[action]}" hidden>
<h1>${title}</h1>
<p>${lead}</p>
${alerts({ password: texts.passwordRefused, later: texts.later, failed: texts.failed })}
${action === "reset-password" ? passwordField(texts.newPassword, texts.passwordHint) : ""}<button>${button}</button>
</form>
</div>
</main>
</body>
</html>
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
