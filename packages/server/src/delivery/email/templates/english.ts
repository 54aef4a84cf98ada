import { formatMinutes, formatMoment } from "../../language.ts";
import type { MailTexts } from "./mail-content.ts";

const validFor = (minutes: number) => `The link works once, within ${formatMinutes("en", minutes)}.`;
const notYou = "If you did not ask for this, ignore this mail: nothing changes.";
const secure = "If this was not you, choose a new password now and sign out everywhere.";

/** The mails in English. */
export const english: MailTexts = {
  greeting: (name) => (name === null ? "Hello," : `Hello ${name},`),
  fallback: "If the button does not work, open this address:",
  foot: (product) => `${product} sends this mail because of your account, or because somebody entered your address.`,
  templates: {
    "verify-email": ({ url, validForMinutes }, product) => ({
      subject: `Confirm your email address for ${product}`,
      title: "Confirm your email address",
      paragraphs: [`Please confirm that this is your address. ${product} uses it to reach you about your account.`],
      action: { label: "Confirm address", url },
      notes: [
        validFor(validForMinutes),
        "If you did not register here, open the link and say so, or ignore this mail.",
      ],
    }),
    "confirm-email-change": ({ url, validForMinutes }, product) => ({
      subject: `Confirm your new email address for ${product}`,
      title: "Confirm your new email address",
      paragraphs: [
        `Somebody asked to make this the address of their ${product} account. Confirm it to complete the change.`,
      ],
      action: { label: "Confirm new address", url },
      notes: [validFor(validForMinutes), notYou],
    }),
    "email-change-requested": ({ newEmail }, product) => ({
      subject: `A new email address was requested for your ${product} account`,
      title: "A new email address was requested",
      paragraphs: [
        "Somebody asked to change the email address of your account. This address stays until the new one is confirmed.",
      ],
      facts: [{ label: "New address", value: newEmail }],
      notes: ["If this was you, there is nothing to do here.", secure],
    }),
    "email-changed": ({ newEmail, undoUrl, validForMinutes }, product) => ({
      subject: `The email address of your ${product} account was changed`,
      title: "Your email address was changed",
      paragraphs: ["Your account has another address now, and this one is no longer used."],
      facts: [{ label: "New address", value: newEmail }],
      action: { label: "Undo the change", url: undoUrl },
      notes: [
        "If this was you, there is nothing to do.",
        `If it was not, undo it: your account gets this address back. ${validFor(validForMinutes)}`,
      ],
    }),
    "reset-password": ({ url, validForMinutes }, product) => ({
      subject: `Choose a new password for ${product}`,
      title: "Choose a new password",
      paragraphs: ["Somebody, hopefully you, asked for a new password for your account."],
      action: { label: "Choose a new password", url },
      notes: [validFor(validForMinutes), notYou],
    }),
    invitation: ({ url, validForMinutes }, product) => ({
      subject: `Your ${product} account`,
      title: `Welcome to ${product}`,
      paragraphs: ["An account was created for you. Choose a password, then you can sign in with this address."],
      action: { label: "Choose a password", url },
      notes: [validFor(validForMinutes), "If you do not want an account, ignore this mail: nobody can sign in to it."],
    }),
    "password-removed": ({ url, validForMinutes }, product) => ({
      subject: `Choose a new password for ${product}`,
      title: "You need a new password",
      paragraphs: [
        "To protect your account, your password no longer works, and you were signed out everywhere. Choose a new one to sign in again.",
      ],
      action: { label: "Choose a new password", url },
      notes: [validFor(validForMinutes), "If it has expired, use “forgot password” where you sign in."],
    }),
    "magic-link": ({ url, validForMinutes }, product) => ({
      subject: `Your link to sign in to ${product}`,
      title: `Sign in to ${product}`,
      paragraphs: ["This link signs you in without a password."],
      action: { label: "Sign in", url },
      notes: [`${validFor(validForMinutes)} Do not pass it on: it signs in anybody who opens it as you.`, notYou],
    }),
    "complete-registration": ({ url, validForMinutes }, product) => ({
      subject: `Complete your registration with ${product}`,
      title: "Complete your registration",
      paragraphs: ["Your account is almost ready. Confirm your address, then you can sign in."],
      action: { label: "Complete registration", url },
      notes: [validFor(validForMinutes), "If you did not register, ignore this mail."],
    }),
    "account-deleted": ({ url, validForMinutes }, product) => ({
      subject: `Your ${product} account was deleted`,
      title: "Your account was deleted",
      paragraphs: [
        `Your account is out of use. It will be erased for good after ${formatMinutes("en", validForMinutes)}; until then you can restore it.`,
      ],
      action: { label: "Restore my account", url },
      notes: [
        "If you deleted it, there is nothing to do.",
        `If you did not, restore it and choose a new password. ${validFor(validForMinutes)}`,
      ],
    }),
    "export-ready": ({ url, validForMinutes }, product) => ({
      subject: `Your data from ${product} is ready`,
      title: "Your data is ready",
      paragraphs: ["You asked for a copy of everything that is held about you. You can download it now."],
      action: { label: "Download my data", url },
      notes: [
        `${validFor(validForMinutes)} Do not pass it on: anybody who opens it gets your data.`,
        "If you did not ask for this, somebody is signed in to your account: choose a new password now and sign out everywhere.",
      ],
    }),
    "address-already-registered": ({ resetUrl }, product) => ({
      subject: `You already have an account with ${product}`,
      title: "You already have an account",
      paragraphs: [
        "Somebody, hopefully you, tried to register with this address. It belongs to your account already: sign in as you always do.",
      ],
      links: [{ text: "Forgot your password? Choose a new one here:", url: resetUrl }],
      notes: ["If this was not you, ignore this mail: nobody learns that you have an account."],
    }),
    "new-sign-in": ({ locale, at, ip, device }, product) => ({
      subject: `New sign-in to your ${product} account`,
      title: "New sign-in to your account",
      paragraphs: ["Somebody signed in to your account from a device that was not used for it before."],
      facts: [
        { label: "Device", value: device },
        { label: "IP address", value: ip },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: ["If this was you, there is nothing to do.", secure],
    }),
    "identity-changed": ({ locale, at, provider, change }, product) => ({
      subject:
        change === "linked"
          ? `A sign-in with ${provider} was linked to your ${product} account`
          : `A sign-in with ${provider} was unlinked from your ${product} account`,
      title: change === "linked" ? "A way to sign in was added" : "A way to sign in was removed",
      paragraphs: [
        change === "linked"
          ? `Somebody can now sign in to your account with an account at ${provider}.`
          : `The account at ${provider} no longer signs in to your account.`,
      ],
      facts: [{ label: "Time", value: formatMoment(locale, at) }],
      notes: ["If this was you, there is nothing to do.", secure],
    }),
    "password-changed": ({ locale, at }, product) => ({
      subject: `The password of your ${product} account was changed`,
      title: "Your password was changed",
      paragraphs: ["Your account has a new password."],
      facts: [{ label: "Time", value: formatMoment(locale, at) }],
      notes: [
        "If this was you, there is nothing to do.",
        "If it was not, choose a new one now: use “forgot password” where you sign in.",
      ],
    }),
    "sign-in-code": ({ code, validForMinutes }, product) => ({
      subject: `Your code to sign in to ${product}`,
      title: "Your code to sign in",
      paragraphs: ["Somebody, hopefully you, signed in to your account. Enter this code where you were asked for it."],
      facts: [{ label: "Code", value: code }],
      notes: [
        `The code works once, within ${formatMinutes("en", validForMinutes)}. Do not pass it on: nobody who works for ${product} asks for it.`,
        "If you did not sign in, somebody knows how to: choose a new password now.",
      ],
    }),
    "second-factor-changed": ({ locale, at }, product) => ({
      subject: `The second factor of your ${product} account was changed`,
      title: "Your second factor was changed",
      paragraphs: ["The second factor of your account was added, replaced or removed."],
      facts: [{ label: "Time", value: formatMoment(locale, at) }],
      notes: ["If this was you, there is nothing to do.", secure],
    }),
    "second-factor-reset-requested": ({ locale, at }, product) => ({
      subject: `The second factors of your ${product} account will be removed`,
      title: "Your second factors will be removed",
      paragraphs: [
        "Support was asked to remove the second factors of your account, because you had lost them. You can stop that until the time below.",
      ],
      facts: [{ label: "They are removed at", value: formatMoment(locale, at) }],
      notes: [
        "If this was you, there is nothing to do. You are signed out everywhere when they are removed.",
        "If it was not, sign in before then with your second factor or a recovery code: that stops it. Then choose a new password.",
      ],
    }),
    "second-factors-reset": ({ locale, at }, product) => ({
      subject: `The second factors of your ${product} account were removed`,
      title: "Your second factors were removed",
      paragraphs: [
        "The second factors of your account and its recovery codes no longer work, and you were signed out everywhere. Sign in again and set up another.",
      ],
      facts: [{ label: "Time", value: formatMoment(locale, at) }],
      notes: ["If you did not ask for this, choose a new password now and tell support."],
    }),
    "phone-changed": ({ locale, at, lastDigits }, product) => ({
      subject: `The telephone number of your ${product} account was changed`,
      title: "Your telephone number was changed",
      paragraphs: ["Your account has another telephone number now."],
      facts: [
        { label: "New number ends in", value: lastDigits },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: ["If this was you, there is nothing to do.", secure],
    }),
    "token-reused": ({ locale, at }, product) => ({
      subject: `A session of your ${product} account was ended`,
      title: "We ended one of your sessions",
      paragraphs: [
        "A key of one of your sessions was used twice. That can mean that somebody has copied it, so we ended the session. Please sign in again on that device.",
      ],
      facts: [{ label: "Time", value: formatMoment(locale, at) }],
      notes: ["If you do not know why, choose a new password and sign out everywhere."],
    }),
    "api-key-created": ({ locale, at, keyName, prefix }, product) => ({
      subject: `An API key was created for your ${product} account`,
      title: "An API key was created",
      paragraphs: ["With this key a program can act in your name, until the key expires or you revoke it."],
      facts: [
        { label: "Name", value: keyName },
        { label: "Key begins with", value: prefix },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: ["If this was you, there is nothing to do.", `${secure} Then revoke the key: it works until you do.`],
    }),
    "passkey-added": ({ locale, at, passkeyName }, product) => ({
      subject: `A passkey was added to your ${product} account`,
      title: "A passkey was added",
      paragraphs: ["Whoever has this passkey can sign in to your account with it, without a password."],
      facts: [
        { label: "Name", value: passkeyName },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: [
        "If this was you, there is nothing to do.",
        "If it was not, remove the passkey now, choose a new password and sign out everywhere.",
      ],
    }),
    "passkey-removed": ({ locale, at, passkeyName }, product) => ({
      subject: `A passkey of your ${product} account was removed`,
      title: "A passkey was removed",
      paragraphs: ["Nobody can sign in to your account with this passkey any more."],
      facts: [
        { label: "Name", value: passkeyName },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: ["If this was you, there is nothing to do.", secure],
    }),
    "passkey-refused": ({ locale, at, passkeyName }, product) => ({
      subject: `A passkey of your ${product} account was refused`,
      title: "We refused one of your passkeys",
      paragraphs: [
        "This passkey was used, but it counts its uses, and the count was lower than before. That can mean that somebody has a copy of it.",
      ],
      facts: [
        { label: "Name", value: passkeyName },
        { label: "Time", value: formatMoment(locale, at) },
      ],
      notes: [
        "Sign in in another way, remove this passkey and add a new one.",
        "If you did not use it at that time, sign out everywhere too.",
      ],
    }),
    "webhook-stopped": ({ locale, host, webhookId, reason, since }, product) => ({
      subject: `A webhook of ${product} was stopped`,
      title: "A webhook was stopped",
      paragraphs: [
        reason === "gone"
          ? "The receiver of a webhook answered 410 (Gone), so it gets no more events."
          : "Every attempt to deliver events to a webhook has failed for days, so it gets no more events.",
      ],
      facts: [
        { label: "Host", value: host },
        { label: "Webhook", value: webhookId },
        { label: "Failing since", value: formatMoment(locale, since) },
      ],
      notes: [
        "Once the receiver works, set the status of the webhook to active, and deliver again what its list of deliveries shows as failed or canceled.",
      ],
    }),
  },
};
