import { type AccountAction, type AskingAction, askingPages, inspectionOf, operationOf } from "./actions.ts";
import { alertsAbout, passwordField, refusalAlerts, renderAlerts, textField } from "./fields.ts";
import { failures, layOut, redirectAttribute, type SignInContext, section, wayOn, withoutScript } from "./layout.ts";
import { type PageTexts, pageTexts } from "./link-texts.ts";
import { signInTexts } from "./sign-in-texts.ts";

/** Renders the page behind a mail's link. It is the same for every reader: the token stays in the fragment, which is not sent. */
export function renderLinkPage(action: AccountAction, context: SignInContext): string {
  const texts = pageTexts[context.language];
  const { title, lead } = texts.actions[action];
  const attributes = [
    `data-address="${operationOf[action]}"`,
    isInspecting(action) ? `data-inspection="${inspectionOf[action]}"` : "",
    action === "forgot-password" ? "" : "data-takes-token",
    continuesAt(action, context),
  ];
  const card = `${withoutScript(texts.noScript)}
${outcomes(action, context)}
<form method="post" data-section="form" ${attributes.filter((attribute) => attribute !== "").join(" ")} novalidate hidden>
<h1>${title}</h1>
<p>${lead}</p>
${renderAlerts(failures(texts))}
${isAsking(action) ? choice(action, texts) : `${fieldsOf(action, context)}<button>${texts.actions[action].button}</button>`}
</form>`;
  return layOut({ ...context, title, script: "link.js", card });
}

/** The link for a forgotten password leads back to the sign-in that an app asked for. */
function continuesAt(action: AccountAction, { continuation }: SignInContext): string {
  return action === "forgot-password" ? redirectAttribute(continuation.signInUrl) : "";
}

function isAsking(action: AccountAction): action is AskingAction {
  return askingPages.some((page) => page === action);
}

function isInspecting(action: AccountAction): action is keyof typeof inspectionOf {
  return action in inspectionOf;
}

/** Renders the sections that replace the form. */
function outcomes(action: AccountAction, context: SignInContext): string {
  const texts = pageTexts[context.language];
  const { title, doneTitle, done } = texts.actions[action];
  const sections = [
    section({ name: "done", title: doneTitle, text: done, more: wayOnAfter(action, context) }),
    section({
      name: "invalid",
      title: texts.invalidTitle,
      text: invalidOf(action, texts),
      more: wayOnWithout(action, context),
    }),
    isInspecting(action) ? section({ name: "unread", title, text: texts.unread }) : "",
    isAsking(action) ? disowned(action, texts) : "",
  ];
  return sections.filter((each) => each !== "").join("\n");
}

/** Leads to the address that came with the link, if one did; otherwise to the app, or to the page to sign in. */
function wayOnAfter(action: AccountAction, { settings, language, query }: SignInContext): string {
  const { back, signedIn } = signInTexts[language];
  const { homeUrl } = settings.pages;
  const leavesSessions = action !== "reset-password" && action !== "forgot-password" && action !== "restore-account";
  if (homeUrl !== undefined && leavesSessions)
    return wayOn({ href: homeUrl, label: signedIn.goOn, labelElsewhere: signedIn.goOn });
  return wayOn({ href: `/sign-in${query}`, label: back, labelElsewhere: signedIn.goOn });
}

/** Leads from a link that does not work to where the reader gets another. */
function wayOnWithout(action: AccountAction, { language, query }: SignInContext): string {
  if (action === "reset-password") {
    return wayOn({ href: `/account/forgot-password${query}`, label: pageTexts[language].invalid.askAgain });
  }
  return wayOn({ href: `/sign-in${query}`, label: signInTexts[language].back });
}

/** Returns where to get another link. A link that confirms an address mostly stops working because it is confirmed already. */
function invalidOf(action: AccountAction, { invalid }: PageTexts): string {
  if (action === "restore-account") return invalid.restore;
  if (action === "reset-password") return invalid.reset;
  return action === "verify-email" ? invalid.confirmed : invalid.ofApp;
}

function disowned(action: AskingAction, texts: PageTexts): string {
  const { disownedTitle, disowned: text } = texts.questions[action];
  return section({ name: "disowned", title: disownedTitle, text });
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
<button name="requestedBy" value="somebody_else" class="plain">${no}</button>
</div>`;
}

/** Renders the fields of the page; some pages have none. */
function fieldsOf(action: AccountAction, context: SignInContext): string {
  const { settings, language } = context;
  const texts = pageTexts[language];
  if (action === "reset-password") return newPasswordFields(texts, context);
  if (action !== "forgot-password") return "";
  return textField({
    name: "email",
    label: texts.email,
    type: "email",
    autocomplete: "username",
    hint: settings.registrationIdentifiers.some((each) => each !== "email") ? texts.withoutEmail : undefined,
    alerts: alertsAbout("email", { email: texts.emailRefused }),
  });
}

/** The identifier is not sent: password managers find the entry of the password by it. */
function newPasswordFields(texts: PageTexts, { settings, language }: SignInContext): string {
  const { passwordMinCharacters: minCharacters } = settings;
  const missing = signInTexts[language].signUp.alerts.password;
  return `<label hidden>${texts.identifier} <input type="text" autocomplete="username" data-origin="email" readonly></label>
${passwordField({
  label: texts.newPassword,
  autocomplete: "new-password",
  show: { short: texts.show, long: texts.showPassword },
  minCharacters,
  hint: texts.passwordHint(minCharacters),
  alerts: [...refusalAlerts(language, minCharacters), ...alertsAbout("password", { password: missing })],
})}`;
}
