import { escapeHtml } from "../../delivery/escape-html.ts";
import { alertsAbout, checkbox, passwordField, refusalAlerts, renderAlerts, textField } from "./fields.ts";
import { failures, layOut, redirectAttribute, type SignInContext, section, wayOn, withoutScript } from "./layout.ts";
import { type PageTexts, pageTexts } from "./link-texts.ts";
import { renderByPhoneOnly } from "./notice-pages.ts";
import { renderSecondFactor } from "./second-factor.ts";
import { signInTexts } from "./sign-in-texts.ts";

/** Renders `/sign-in`: who is signed in already, or the form, then what follows it. */
export function renderSignIn(context: SignInContext): string {
  const { settings, language, query, continuation, asked } = context;
  const texts = signInTexts[language];
  const { title, button, passkey, byMail, forgot, noAccount } = texts.signIn;
  const mail =
    settings.mail.kind === "none"
      ? ""
      : `<button type="button" class="plain" data-address="/v1/auth/magic-link"${redirectAttribute(continuation.signInUrl)}>${byMail}</button>\n`;
  const waiting = asked === undefined ? "" : ` data-asked="${escapeHtml(JSON.stringify(asked))}"`;
  const card = `${withoutScript(pageTexts[language].noScript)}
${signedInSection(context, waiting)}
${section({ name: "sent", ...texts.sent, more: wayOn({ href: `/sign-in${query}`, label: texts.back }) })}
<form method="post" data-section="form" data-address="/v1/auth/login" novalidate hidden>
<h1>${title}</h1>
${commonAlerts(context)}
${renderAlerts(alertsAbout("password", { INVALID_CREDENTIALS: texts.signIn.alerts.INVALID_CREDENTIALS }))}
${signInFields(context)}
<div class="choice">
<button>${button}</button>
<button type="button" class="plain" data-passkey="/v1/auth/passkeys/login" hidden>${passkey}</button>
${mail}</div>
${socialButtons(context)}<p class="links"><a href="/account/forgot-password${escapeHtml(query)}">${forgot}</a></p>
<p class="links">${noAccount} <a href="/sign-up${escapeHtml(query)}">${texts.signUp.title}</a></p>
</form>
${renderSecondFactor(context)}`;
  return layOut({ ...context, title, script: "sign-in.js", card });
}

function signInFields({ settings, language, loginHint }: SignInContext): string {
  const { identifier, identifierOrPhone, password, remember, alerts } = signInTexts[language].signIn;
  const { email, identifier: missing } = alerts;
  return `${textField({
    name: "identifier",
    label: settings.registrationIdentifiers.includes("phone") ? identifierOrPhone : identifier,
    autocomplete: "username webauthn",
    alerts: alertsAbout("identifier", { email, identifier: missing }),
    value: escapeHtml(loginHint ?? ""),
  })}
${passwordField({
  label: password,
  autocomplete: "current-password",
  show: showOf(pageTexts[language]),
  alerts: alertsAbout("password", { password: alerts.password }),
})}
${checkbox({ name: "remember", label: remember, isChecked: true })}`;
}

/** Renders `/sign-up`, which registers by an address or a username. */
export function renderSignUp(context: SignInContext): string {
  const { settings, language, query, continuation } = context;
  if (settings.registrationIdentifiers.every((each) => each === "phone")) return renderByPhoneOnly(context, query);
  const texts = signInTexts[language];
  const { title, button, hasAccount } = texts.signUp;
  // Where the link makes the account, the sign-in follows it. Otherwise the reader is signed in before the mail comes.
  const back = settings.registrationMode === "verified" ? redirectAttribute(continuation.signInUrl) : "";
  const card = `${withoutScript(pageTexts[language].noScript)}
${signedInSection(context)}
${section({ name: "confirm", ...texts.confirm, more: wayOn({ href: `/sign-in${query}`, label: texts.back }) })}
<form method="post" data-section="form" data-address="/v1/auth/register"${back} novalidate hidden>
<h1>${title}</h1>
${commonAlerts(context)}
${signUpFields(context)}
<button>${button}</button>
<p class="links">${hasAccount} <a href="/sign-in${escapeHtml(query)}">${texts.back}</a></p>
</form>`;
  return layOut({ ...context, title, script: "sign-up.js", card });
}

function signUpFields({ settings, language }: SignInContext): string {
  const { email, username, usernameHint, oneOfBoth, password, alerts } = signInTexts[language].signUp;
  const { passwordMinCharacters: minCharacters, registrationIdentifiers } = settings;
  const takesEmail = registrationIdentifiers.includes("email");
  const takesUsername = registrationIdentifiers.includes("username");
  const isOptional = takesEmail && takesUsername;
  const note = isOptional ? `<p class="hint">${oneOfBoth}</p>\n` : "";
  const emailAlerts = alertsAbout("email", { email: alerts.email, EMAIL_TAKEN: alerts.EMAIL_TAKEN });
  const { username: form, USERNAME_TAKEN, USERNAME_RESERVED } = alerts;
  const usernameAlerts = alertsAbout("username", { username: form, USERNAME_TAKEN, USERNAME_RESERVED });
  const fields = [
    ...(takesEmail
      ? [
          textField({
            name: "email",
            label: email,
            type: "email",
            autocomplete: takesUsername ? "email" : "username",
            isOptional,
            alerts: emailAlerts,
          }),
        ]
      : []),
    ...(takesUsername
      ? [
          textField({
            name: "username",
            label: username,
            autocomplete: "username",
            hint: usernameHint,
            isOptional,
            alerts: usernameAlerts,
          }),
        ]
      : []),
    passwordField({
      label: password,
      autocomplete: "new-password",
      show: showOf(pageTexts[language]),
      minCharacters,
      hint: pageTexts[language].passwordHint(minCharacters),
      alerts: [...refusalAlerts(language, minCharacters), ...alertsAbout("password", { password: alerts.password })],
    }),
  ];
  return note + fields.join("\n");
}

/** Renders `/account/magic-link`: whose account the link signs in to, and the button that does. */
export function renderMagicLink(context: SignInContext): string {
  const { settings, language } = context;
  const texts = signInTexts[language];
  const words = pageTexts[language];
  const { title, lead, account, button, hint } = texts.magicLink;
  const again = settings.mail.kind === "none" ? "" : wayOn({ href: "/sign-in", label: texts.back });
  const card = `${withoutScript(words.noScript)}
${signedInSection(context, ' data-signed-out-at="/sign-in"')}
${section({ name: "invalid", title: words.invalidTitle, text: words.invalid.ofApp, more: again })}
${section({ name: "unread", title, text: words.unread })}
<form method="post" data-section="form" data-address="/v1/auth/magic-link/verify" data-inspection="/v1/auth/magic-link/verify/inspect" hidden>
<h1>${title}</h1>
<p>${lead}</p>
<dl><dt>${account}</dt><dd data-origin="email"></dd></dl>
${commonAlerts(context)}
<button>${button}</button>
<p class="hint">${hint}</p>
</form>
${renderSecondFactor(context)}`;
  return layOut({ ...context, title, script: "magic-link.js", card });
}

/** The names of the kinds of providers; an issuer of the operator's own goes by its name in the settings. */
const providerLabels: Readonly<Record<string, string>> = {
  apple: "Apple",
  facebook: "Facebook",
  github: "GitHub",
  google: "Google",
  microsoft: "Microsoft",
};

/**
 * Renders a button for each provider. The script sends the browser there with a code challenge of its own, so that a second factor
 * can follow on this page.
 */
function socialButtons({ settings, language, query, continuation }: SignInContext): string {
  const { social } = signInTexts[language];
  const { providers } = settings.social;
  if (providers.length === 0) return "";
  const back = escapeHtml(
    continuation.signInUrl ?? `${settings.publicUrl}/sign-in${continuation.returnTo ? "" : query}`,
  );
  const buttons = providers.map(({ kind, name }) => {
    const label = social.button.replace(
      "{provider}",
      escapeHtml(name === kind ? (providerLabels[kind] ?? name) : name),
    );
    return `<button type="button" class="plain" data-provider="${escapeHtml(name)}">${label}</button>`;
  });
  return `<div class="choice social" data-redirect-to="${back}">\n${buttons.join("\n")}\n</div>\n`;
}

/** Renders who is signed in, and where they can go from there. The script fills in the account, and hides what leads nowhere. */
function signedInSection({ settings, language, continuation }: SignInContext, attributes = ""): string {
  const { title, as, continueAs, goOn, another, signOut } = signInTexts[language].signedIn;
  const { returnTo = settings.pages.homeUrl, codeChallenge } = continuation;
  const target = returnTo === undefined ? "" : ` data-return-to="${escapeHtml(returnTo)}"`;
  const challenge = codeChallenge === undefined ? "" : ` data-code-challenge="${codeChallenge}"`;
  return `<section data-section="signed-in" tabindex="-1"${target}${challenge}${attributes} hidden>
<h1>${title}</h1>
<dl><dt>${as}</dt><dd data-account></dd></dl>
${renderAlerts(failures(pageTexts[language]))}
<div class="choice">
<button type="button" data-does="continue" data-label="${continueAs}">${goOn}</button>
<button type="button" class="plain" data-does="change-account">${another}</button>
<button type="button" class="plain" data-does="sign-out">${signOut}</button>
</div>
</section>`;
}

/** Renders the alerts of every form that signs in. */
function commonAlerts({ settings, language }: SignInContext): string {
  const { signIn, social, wrongOrigin } = signInTexts[language];
  const { PASSKEY_INVALID, EMAIL_NOT_VERIFIED, ACCOUNT_DISABLED } = signIn.alerts;
  const address = escapeHtml(settings.publicUrl);
  const elsewhere = wrongOrigin.replace("{address}", `<a href="${address}/sign-in">${address}</a>`);
  return renderAlerts([
    ...failures(pageTexts[language]),
    { name: "PASSKEY_INVALID", text: PASSKEY_INVALID },
    { name: "social", text: social.failed },
    { name: "SOCIAL_SIGN_IN_DENIED", text: social.cancelled },
    { name: "EMAIL_NOT_VERIFIED", text: EMAIL_NOT_VERIFIED },
    { name: "ACCOUNT_DISABLED", text: ACCOUNT_DISABLED },
    { name: "ORIGIN_NOT_ALLOWED", text: elsewhere },
  ]);
}

function showOf({ show, showPassword }: PageTexts) {
  return { short: show, long: showPassword };
}
