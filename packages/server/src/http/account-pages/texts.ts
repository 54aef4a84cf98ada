import type { Language } from "../../delivery/language.ts";
import type { AccountAction } from "./actions.ts";

/** The words of one page. */
interface ActionTexts {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  readonly doneTitle: string;
  readonly done: string;
}

/** The words of all pages in one language. */
export interface PageTexts {
  readonly actions: Readonly<Record<AccountAction, ActionTexts>>;
  /** Where a link to sign in leads whose app does not answer at its address. */
  readonly magicLink: { readonly title: string; readonly lead: string };
  readonly email: string;
  readonly emailRefused: string;
  readonly newPassword: string;
  readonly passwordHint: (minCharacters: number) => string;
  readonly invalidTitle: string;
  readonly invalid: string;
  readonly later: string;
  readonly failed: string;
  readonly noScript: string;
}

const english: PageTexts = {
  actions: {
    "verify-email": {
      title: "Confirm your email address",
      lead: "One click, and we know that this address is yours.",
      button: "Confirm address",
      doneTitle: "Address confirmed",
      done: "Thank you. You can close this page.",
    },
    "confirm-email-change": {
      title: "Confirm your new email address",
      lead: "From then on it is the address of your account.",
      button: "Confirm new address",
      doneTitle: "New address confirmed",
      done: "It is the address of your account now. You can close this page.",
    },
    "undo-email-change": {
      title: "Undo the change of your email address",
      lead: "Your account gets its former address back.",
      button: "Undo the change",
      doneTitle: "Change undone",
      done: "Your account has its former address again. If somebody else made the change, choose a new password as well.",
    },
    "reset-password": {
      title: "Choose a new password",
      lead: "You will be signed out wherever you are signed in.",
      button: "Save password",
      doneTitle: "Password saved",
      done: "You can sign in with the new password now.",
    },
    "forgot-password": {
      title: "Forgot your password?",
      lead: "Enter the address of your account, and we send you a link to choose a new password.",
      button: "Send link",
      doneTitle: "Look into your mailbox",
      done: "If there is an account with this address, a mail is on its way.",
    },
    "complete-registration": {
      title: "Complete your registration",
      lead: "One click, and your account is ready.",
      button: "Complete registration",
      doneTitle: "Your account is ready",
      done: "You can sign in now.",
    },
  },
  magicLink: {
    title: "This link opens in the app",
    lead: "You sign in with it in the app that you asked for it in. Nothing has happened here, and the link still works: open the mail on the device with the app, and the link from there.",
  },
  email: "Email address",
  emailRefused: "This is not an email address. Please look at it again.",
  newPassword: "New password",
  passwordHint: (minCharacters) =>
    `At least ${minCharacters} characters; four words that do not belong together are good.`,
  invalidTitle: "This link does not work",
  invalid: "It was used already, has expired or is incomplete. Ask for a new one where you sign in.",
  later: "That was tried too often. Please wait a little, then try again.",
  failed: "That did not work. Please try again in a moment.",
  noScript: "This page needs JavaScript.",
};

const spanish: PageTexts = {
  actions: {
    "verify-email": {
      title: "Confirma tu correo electrónico",
      lead: "Un clic y sabremos que esta dirección es tuya.",
      button: "Confirmar dirección",
      doneTitle: "Dirección confirmada",
      done: "Gracias. Ya puedes cerrar esta página.",
    },
    "confirm-email-change": {
      title: "Confirma tu nuevo correo electrónico",
      lead: "A partir de entonces será la dirección de tu cuenta.",
      button: "Confirmar nueva dirección",
      doneTitle: "Nueva dirección confirmada",
      done: "Ya es la dirección de tu cuenta. Puedes cerrar esta página.",
    },
    "undo-email-change": {
      title: "Deshaz el cambio de correo electrónico",
      lead: "Tu cuenta recuperará la dirección anterior.",
      button: "Deshacer el cambio",
      doneTitle: "Cambio deshecho",
      done: "Tu cuenta vuelve a tener la dirección anterior. Si el cambio lo hizo otra persona, elige también una contraseña nueva.",
    },
    "reset-password": {
      title: "Elige una contraseña nueva",
      lead: "Se cerrará tu sesión en todos los dispositivos.",
      button: "Guardar contraseña",
      doneTitle: "Contraseña guardada",
      done: "Ya puedes entrar con la contraseña nueva.",
    },
    "forgot-password": {
      title: "¿Has olvidado la contraseña?",
      lead: "Escribe la dirección de tu cuenta y te enviaremos un enlace para elegir una contraseña nueva.",
      button: "Enviar enlace",
      doneTitle: "Mira tu correo",
      done: "Si hay una cuenta con esta dirección, un correo está en camino.",
    },
    "complete-registration": {
      title: "Completa tu registro",
      lead: "Un clic y tu cuenta estará lista.",
      button: "Completar registro",
      doneTitle: "Tu cuenta está lista",
      done: "Ya puedes entrar.",
    },
  },
  magicLink: {
    title: "Este enlace se abre en la aplicación",
    lead: "Sirve para entrar en la aplicación en la que lo pediste. Aquí no ha pasado nada y el enlace sigue funcionando: abre el correo en el dispositivo que tiene la aplicación, y el enlace desde ahí.",
  },
  email: "Correo electrónico",
  emailRefused: "Esto no es una dirección de correo electrónico. Vuelve a mirarla.",
  newPassword: "Contraseña nueva",
  passwordHint: (minCharacters) =>
    `Al menos ${minCharacters} caracteres; cuatro palabras sin relación entre sí van bien.`,
  invalidTitle: "Este enlace no funciona",
  invalid: "Ya se ha usado, ha caducado o está incompleto. Pide uno nuevo donde inicias sesión.",
  later: "Se ha intentado demasiadas veces. Espera un poco y vuelve a intentarlo.",
  failed: "No ha funcionado. Vuelve a intentarlo dentro de un momento.",
  noScript: "Esta página necesita JavaScript.",
};

/** The words of the pages, by language. */
export const pageTexts: Readonly<Record<Language, PageTexts>> = { en: english, es: spanish };
