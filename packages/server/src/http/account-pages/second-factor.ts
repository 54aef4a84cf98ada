import { escapeHtml } from "../../delivery/escape-html.ts";
import { formatMinutes } from "../../delivery/language.ts";
import { type Alert, alertsAbout, checkbox, renderAlerts, textField } from "./fields.ts";
import { failures, type SignInContext } from "./layout.ts";
import { pageTexts } from "./link-texts.ts";
import { type FactorField, type SecondFactorTexts, secondFactorTexts } from "./second-factor-texts.ts";
import { signInTexts } from "./sign-in-texts.ts";

/** The factors, in the order of their buttons. */
const fields = ["passkey", "code", "emailCode", "recoveryCode"] as const satisfies readonly FactorField[];

/**
 * Renders the form for a second factor, which follows every way to sign in. The script shows one factor of those that the challenge
 * offers, with buttons that lead to the others.
 */
export function renderSecondFactor(context: SignInContext): string {
  const texts = secondFactorTexts[context.language];
  const { title, use, button, passkeyButton } = texts;
  const ways = fields.map(
    (name) => `<button type="button" class="plain" data-uses="${name}" hidden>${use[name]}</button>`,
  );
  return `<form method="post" data-section="second-factor" data-address="/v1/auth/mfa/verify" data-passkey-options="/v1/auth/mfa/passkey/options" novalidate hidden>
<h1 tabindex="-1">${title}</h1>
${renderAlerts(alertsOf(context))}
${renderFactors(texts)}
${trustBox(context)}<div class="choice">
<button data-label="${button}" data-passkey-label="${passkeyButton}">${button}</button>
${ways.join("\n")}
</div>
</form>`;
}

function alertsOf({ language, query }: SignInContext): readonly Alert[] {
  const { signIn, back } = signInTexts[language];
  const { alerts } = secondFactorTexts[language];
  const again = `<a href="/sign-in${escapeHtml(query)}">${back}</a>`;
  return [
    ...failures(pageTexts[language]),
    { name: "MFA_CHALLENGE_INVALID", text: `${alerts.MFA_CHALLENGE_INVALID} ${again}` },
    { name: "ACCOUNT_DISABLED", text: signIn.alerts.ACCOUNT_DISABLED },
    { name: "PASSKEY_INVALID", text: alerts.PASSKEY_INVALID },
    { name: "passkey-unused", text: alerts["passkey-unused"] },
    { name: "no-way", text: alerts["no-way"] },
  ];
}

function renderFactors(texts: SecondFactorTexts): string {
  const { alerts, passkeyHint, sendCode, codeSent } = texts;
  const app = textField({
    name: "code",
    label: texts.code,
    autocomplete: "one-time-code",
    inputMode: "numeric",
    hint: texts.codeHint,
    alerts: alertsAbout("code", { SECOND_FACTOR_INVALID: alerts.CODE_INVALID, code: alerts.code }),
  });
  const mail = textField({
    name: "emailCode",
    label: texts.emailCode,
    autocomplete: "one-time-code",
    inputMode: "numeric",
    hint: texts.emailHint,
    alerts: alertsAbout("emailCode", { SECOND_FACTOR_INVALID: alerts.EMAIL_CODE_INVALID, emailCode: alerts.code }),
  });
  const recovery = textField({
    name: "recoveryCode",
    label: texts.recoveryCode,
    autocomplete: "off",
    hint: texts.recoveryHint,
    alerts: alertsAbout("recoveryCode", {
      SECOND_FACTOR_INVALID: alerts.RECOVERY_CODE_INVALID,
      recoveryCode: alerts.recoveryCode,
    }),
  });
  // The script writes the status into an element that is there already, since only such changes are announced.
  const request = `<button type="button" class="plain" data-sends-code="/v1/auth/mfa/send-code">${sendCode}</button>
<p class="sent" role="status" data-text="${codeSent}"></p>`;
  return `<div data-factor="passkey" hidden><p>${passkeyHint}</p></div>
<div data-factor="code" hidden>${app}</div>
<div data-factor="emailCode" hidden>${request}\n${mail}</div>
<div data-factor="recoveryCode" hidden>${recovery}</div>`;
}

/** Renders the box that trusts the device, unless the server trusts none. */
function trustBox({ settings, language }: SignInContext): string {
  const { trustedDeviceSeconds } = settings.mfa;
  if (trustedDeviceSeconds === 0) return "";
  const { trustDevice, trustHint } = secondFactorTexts[language];
  const label = trustDevice.replace("{duration}", formatMinutes(language, trustedDeviceSeconds / 60));
  const box = checkbox({ name: "trustDevice", label, isChecked: false, hint: trustHint });
  return `<div class="field" data-trust>${box}</div>\n`;
}
