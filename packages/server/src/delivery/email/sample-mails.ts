import { type AccountPage, accountPageUrl } from "../account-page.ts";
import type { Mail, MailTemplate } from "./mail.ts";

const recipient = { to: "ada@example.com", name: "Ada" };
const token = "kJ3v0mYw1sVbqA7xTn5cRz8LhUeF2dPiGo9Qy4WtXM6";

const config = { publicUrl: "https://accounts.example.com" };

const linkTo = (page: AccountPage) => `${accountPageUrl(config, page)}#token=${token}`;

const at = new Date("2026-03-29T07:05:00Z");

/** One mail of each template, for the preview and for tests. */
export function sampleMails(locale: string): readonly Mail[] {
  const to = { ...recipient, locale };
  const samples: { readonly [T in MailTemplate]: Extract<Mail, { template: T }> } = {
    "verify-email": { ...to, template: "verify-email", url: linkTo("verify-email"), validForMinutes: 1440 },
    "confirm-email-change": {
      ...to,
      template: "confirm-email-change",
      url: linkTo("confirm-email-change"),
      validForMinutes: 60,
    },
    "email-change-requested": { ...to, template: "email-change-requested", newEmail: "lovelace@example.org" },
    "email-changed": {
      ...to,
      template: "email-changed",
      newEmail: "lovelace@example.org",
      undoUrl: linkTo("undo-email-change"),
      validForMinutes: 3 * 1440,
    },
    "reset-password": { ...to, template: "reset-password", url: linkTo("reset-password"), validForMinutes: 30 },
    invitation: { ...to, template: "invitation", url: linkTo("reset-password"), validForMinutes: 7 * 1440 },
    "password-removed": {
      ...to,
      template: "password-removed",
      url: linkTo("reset-password"),
      validForMinutes: 7 * 1440,
    },
    "magic-link": { ...to, template: "magic-link", url: linkTo("magic-link"), validForMinutes: 15 },
    "complete-registration": {
      ...to,
      template: "complete-registration",
      url: linkTo("complete-registration"),
      validForMinutes: 1440,
    },
    "account-deleted": {
      ...to,
      template: "account-deleted",
      url: linkTo("restore-account"),
      validForMinutes: 30 * 1440,
    },
    "export-ready": { ...to, template: "export-ready", url: linkTo("download-export"), validForMinutes: 7 * 1440 },
    "address-already-registered": {
      ...to,
      template: "address-already-registered",
      resetUrl: accountPageUrl(config, "forgot-password"),
    },
    "new-sign-in": { ...to, template: "new-sign-in", at, ip: "2001:db8::7", device: "Ada's phone (Firefox, Android)" },
    "password-changed": { ...to, template: "password-changed", at },
    "sign-in-code": { ...to, template: "sign-in-code", code: "207316", validForMinutes: 5 },
    "second-factor-changed": { ...to, template: "second-factor-changed", at },
    "identity-changed": { ...to, template: "identity-changed", at, provider: "google", change: "linked" },
    "second-factor-reset-requested": { ...to, template: "second-factor-reset-requested", at },
    "second-factors-reset": { ...to, template: "second-factors-reset", at },
    "phone-changed": { ...to, template: "phone-changed", at, lastDigits: "57" },
    "token-reused": { ...to, template: "token-reused", at },
    "api-key-created": {
      ...to,
      template: "api-key-created",
      at,
      keyName: "Nightly export",
      prefix: "gatehouse_4fGk2Q",
    },
    "passkey-added": { ...to, template: "passkey-added", at, passkeyName: "Ada's phone" },
    "passkey-removed": { ...to, template: "passkey-removed", at, passkeyName: "Ada's phone" },
    "passkey-refused": { ...to, template: "passkey-refused", at, passkeyName: "Security key" },
    "webhook-stopped": {
      ...to,
      template: "webhook-stopped",
      host: "shop.example.com",
      webhookId: "0b0f3b0e-8f5e-4a43-9f0e-6f2d6c1f2a11",
      reason: "paused",
      since: at,
    },
  };
  return Object.values(samples);
}
