import type { Language } from "../../delivery/language.ts";
import { passwordRefusalWords } from "../../password-refusal.ts";

/** An alert that the script shows in the form, so that the reader can try again. */
export interface Alert {
  /** An error code, the name of a wrong field, or the name and the reason, as in `password-too_short`. */
  readonly name: string;
  /** The name of the field that is wrong, if one is. */
  readonly field?: string;
  /** As HTML. */
  readonly text: string;
}

/** Renders hidden alerts. */
export function renderAlerts(alerts: readonly Alert[]): string {
  return alerts.map(renderAlert).join("\n");
}

function renderAlert({ name, field, text }: Alert): string {
  const about = field === undefined ? "" : ` data-field="${field}"`;
  return `<p class="alert" data-alert="${name}"${about} tabindex="-1" role="alert" hidden>${text}</p>`;
}

/** Returns an alert for each entry, about the field. */
export function alertsAbout(field: string, texts: Readonly<Record<string, string>>): readonly Alert[] {
  return Object.entries(texts).map(([name, text]) => ({ name, field, text }));
}

interface TextField {
  readonly name: string;
  readonly label: string;
  readonly type?: "text" | "email";
  /** For password managers and browsers (HTML, 4.10.18.7). */
  readonly autocomplete: string;
  readonly hint?: string | undefined;
  readonly isOptional?: boolean;
  readonly alerts?: readonly Alert[];
  /** Escaped. */
  readonly value?: string;
  /** Which keyboard a telephone shows. Default: that of the type. */
  readonly inputMode?: "numeric";
}

/** Renders a field for one line of text. */
export function textField(field: TextField): string {
  const {
    name,
    label,
    type = "text",
    autocomplete,
    hint,
    isOptional = false,
    alerts = [],
    value = "",
    inputMode,
  } = field;
  const described = hint === undefined ? "" : ` aria-describedby="${name}-hint"`;
  const keyboard = inputMode === undefined ? "" : ` inputmode="${inputMode}"`;
  const filled = value === "" ? "" : ` value="${value}"`;
  return `<div class="field">
<label for="${name}">${label}</label>
<input id="${name}" name="${name}" type="${type}"${filled}${keyboard} autocomplete="${autocomplete}" autocapitalize="none" autocorrect="off" spellcheck="false"${isOptional ? "" : " required"}${described}>
${renderAlerts(alerts)}
${hint === undefined ? "" : hintOf(name, hint)}</div>`;
}

interface PasswordField {
  readonly label: string;
  readonly autocomplete: "current-password" | "new-password";
  readonly show: { readonly short: string; readonly long: string };
  /** Of a new password. */
  readonly minCharacters?: number;
  readonly hint?: string;
  readonly alerts: readonly Alert[];
}

/**
 * Renders a field for a password, with a button that shows it. `minlength` is for password managers and screen readers: the
 * form leaves the check to the server, which counts characters as the rule does and names the reason.
 */
export function passwordField({ label, autocomplete, show, minCharacters, hint, alerts }: PasswordField): string {
  const least = minCharacters === undefined ? "" : ` minlength="${minCharacters}"`;
  const described = hint === undefined ? "" : ' aria-describedby="password-hint"';
  return `<div class="field">
<label for="password">${label}</label>
<div class="password">
<input id="password" name="password" type="password" autocomplete="${autocomplete}" required${least}${described}>
<button type="button" class="reveal" data-reveals="password" aria-controls="password" aria-pressed="false" aria-label="${show.long}">${show.short}</button>
</div>
${renderAlerts(alerts)}
${hint === undefined ? "" : hintOf("password", hint)}</div>`;
}

function hintOf(name: string, text: string): string {
  return `<p class="hint" id="${name}-hint">${text}</p>\n`;
}

/** Returns the alerts about a new password: for each reason the words that the API uses for it. */
export function refusalAlerts(language: Language, minCharacters: number): readonly Alert[] {
  const words = Object.entries(passwordRefusalWords(language, { minCharacters }));
  return words.map(([reason, text]) => ({ name: `password-${reason}`, field: "password", text }));
}

interface Checkbox {
  readonly name: string;
  readonly label: string;
  readonly isChecked: boolean;
  readonly hint?: string;
}

/** Renders a box to tick. */
export function checkbox({ name, label, isChecked, hint }: Checkbox): string {
  const described = hint === undefined ? "" : ` aria-describedby="${name}-hint"`;
  const box = `<input type="checkbox" name="${name}"${isChecked ? " checked" : ""}${described}>`;
  return `<label class="check">${box} ${label}</label>${hint === undefined ? "" : `\n${hintOf(name, hint)}`}`;
}
