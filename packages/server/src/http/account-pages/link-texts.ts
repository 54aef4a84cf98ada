import type { Language } from "../../delivery/language.ts";
import type { AccountAction, AskingAction } from "./actions.ts";

/** The words of one page. */
interface ActionTexts {
  readonly title: string;
  readonly lead: string;
  readonly button: string;
  readonly doneTitle: string;
  readonly done: string;
}

/** The question whether the reader asked for the link; the button of the page is the "yes". */
interface QuestionTexts {
  readonly question: string;
  readonly no: string;
  readonly disownedTitle: string;
  readonly disowned: string;
}

/** The words of all pages in one language. */
export interface PageTexts {
  readonly actions: Readonly<Record<AccountAction, ActionTexts>>;
  readonly questions: Readonly<Record<AskingAction, QuestionTexts>>;
  /** The labels that describe who asked for the link. */
  readonly origin: {
    readonly email: string;
    readonly browser: string;
    /** Shown if the user agent names no browser. */
    readonly unknownBrowser: string;
    /** Between a browser and its system. */
    readonly on: string;
    readonly place: string;
    readonly unknownPlace: string;
    readonly time: string;
  };
  readonly email: string;
  /** What names the account whose password is chosen; for password managers. */
  readonly identifier: string;
  /** Beside the field for an address where accounts can be registered without one. */
  readonly withoutEmail: string;
  readonly emailRefused: string;
  readonly newPassword: string;
  /** On the button in the field, and what screen readers say of it. */
  readonly show: string;
  readonly showPassword: string;
  readonly passwordHint: (minCharacters: number) => string;
  readonly invalidTitle: string;
  /** Why a link does not work, and where to get another. */
  readonly invalid: {
    /** For a link that the reader requests in the app. */
    readonly ofApp: string;
    /** For a link that confirms an address, which another proof may have confirmed already. */
    readonly confirmed: string;
    /** For a link that restores an account. */
    readonly restore: string;
    /** For a link that resets a password; `askAgain` leads to the page that sends another. */
    readonly reset: string;
    readonly askAgain: string;
  };
  readonly later: string;
  readonly failed: string;
  /** Shown when the origin of the link could not be read. */
  readonly unread: string;
  readonly noScript: string;
}

const english: PageTexts = {
  actions: {
    "verify-email": {
      title: "Confirm your email address",
      lead: "An account was registered with your email address:",
      button: "Yes, that was me",
      doneTitle: "Email address confirmed",
      done: "Thank you.",
    },
    "confirm-email-change": {
      title: "Confirm your new email address",
      lead: "Somebody who is signed in asked to make this the email address of their account:",
      button: "Yes, that was me",
      doneTitle: "New email address confirmed",
      done: "It is the email address of your account now.",
    },
    "undo-email-change": {
      title: "Undo the change of your email address",
      lead: "Your account gets its former email address back.",
      button: "Undo the change",
      doneTitle: "Change undone",
      done: "Your account has its former email address again. If somebody else made the change, choose a new password as well.",
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
      lead: "Enter the email address of your account, and we send you a link to choose a new password.",
      button: "Send link",
      doneTitle: "Look into your mailbox",
      done: "If there is an account with this email address, a mail is on its way. If you ask again, the next mail can take a while: look for the mail that you have, whose link still works.",
    },
    "complete-registration": {
      title: "Complete your registration",
      lead: "Somebody asked to make an account with your email address:",
      button: "Yes, that was me",
      doneTitle: "Your account is ready",
      done: "You can sign in now. If you get another mail with a link to choose a password, open that first.",
    },
    "restore-account": {
      title: "Restore your account",
      lead: "Your account was deleted. Restored, it is as it was, except that you are signed out everywhere and your API keys have ended.",
      button: "Restore my account",
      doneTitle: "Account restored",
      done: "You can sign in again. If somebody else deleted your account, choose a new password.",
    },
    "download-export": {
      title: "Download your data",
      lead: "The file has everything that is held about you. Save it where only you can read it: this works once.",
      button: "Download",
      doneTitle: "Your data was downloaded",
      done: "If the file is not complete, ask for another copy in the app.",
    },
  },
  questions: {
    "verify-email": {
      question: "Was that you?",
      no: "No, that was not me",
      disownedTitle: "The other person is signed out",
      disowned:
        "Their password, their sessions and everything else that they set up no longer work. The account is yours if you want it: we have sent you a link to choose a password. If you do not want it, there is nothing more to do.",
    },
    "confirm-email-change": {
      question: "Was that you?",
      no: "No, that was not me",
      disownedTitle: "Nothing was changed",
      disowned: "Your email address was not given to that account. You can close this page.",
    },
    "complete-registration": {
      question: "Was that you?",
      no: "No, that was not me",
      disownedTitle: "No account was made",
      disowned: "That registration has ended. You can close this page.",
    },
  },
  origin: {
    email: "Email address",
    browser: "Browser or app",
    unknownBrowser: "An app, or a program that does not name itself",
    on: "on",
    place: "IP address",
    unknownPlace: "Not known",
    time: "When",
  },
  email: "Email address",
  identifier: "Account",
  withoutEmail:
    "An account without an email address cannot be recovered by mail. If you are still signed in somewhere, add an address there. Otherwise ask the people who run this service.",
  emailRefused: "This is not an email address. Please look at it again.",
  newPassword: "New password",
  show: "Show",
  showPassword: "Show the password",
  passwordHint: (minCharacters) =>
    `At least ${minCharacters} characters; four words that do not belong together are good.`,
  invalidTitle: "This link does not work",
  invalid: {
    ofApp: "It was used already, has expired or is incomplete. Ask for a new one where you sign in.",
    confirmed:
      "If your email address is confirmed already, by this link or by a new password, there is nothing left to do. Otherwise the link has expired or is incomplete: ask for a new one in the app where you registered.",
    restore:
      "It was used already, has expired or is incomplete, or the account is erased. If your account was restored already, sign in.",
    reset: "It was used already, has expired or is incomplete.",
    askAgain: "Ask for a new link",
  },
  later: "That was tried too often. Please wait a little, then try again.",
  failed: "That did not work. Please try again in a moment.",
  unread: "This page could not be loaded. Nothing has happened, and the link still works: open it again in a moment.",
  noScript: "This page needs JavaScript.",
};

const spanish: PageTexts = {
  actions: {
    "verify-email": {
      title: "Confirma tu correo electrónico",
      lead: "Se ha registrado una cuenta con tu correo electrónico:",
      button: "Sí, he sido yo",
      doneTitle: "Correo electrónico confirmado",
      done: "Gracias.",
    },
    "confirm-email-change": {
      title: "Confirma tu nuevo correo electrónico",
      lead: "Alguien que ha iniciado sesión ha pedido que este sea el correo electrónico de su cuenta:",
      button: "Sí, he sido yo",
      doneTitle: "Nuevo correo electrónico confirmado",
      done: "Ya es el correo electrónico de tu cuenta.",
    },
    "undo-email-change": {
      title: "Deshaz el cambio de correo electrónico",
      lead: "Tu cuenta recuperará el correo electrónico anterior.",
      button: "Deshacer el cambio",
      doneTitle: "Cambio deshecho",
      done: "Tu cuenta vuelve a tener el correo electrónico anterior. Si el cambio lo hizo otra persona, elige también una contraseña nueva.",
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
      lead: "Escribe el correo electrónico de tu cuenta y te enviaremos un enlace para elegir una contraseña nueva.",
      button: "Enviar enlace",
      doneTitle: "Mira tu correo",
      done: "Si hay una cuenta con este correo electrónico, un mensaje está en camino. Si lo pides otra vez, puede tardar un rato en llegar: busca el enlace que ya tienes, que sigue funcionando.",
    },
    "complete-registration": {
      title: "Completa tu registro",
      lead: "Alguien ha pedido crear una cuenta con tu correo electrónico:",
      button: "Sí, he sido yo",
      doneTitle: "Tu cuenta está lista",
      done: "Ya puedes entrar. Si te llega otro correo con un enlace para elegir una contraseña, ábrelo antes.",
    },
    "restore-account": {
      title: "Recupera tu cuenta",
      lead: "Tu cuenta se ha eliminado. Si la recuperas, estará como estaba, salvo que se habrá cerrado tu sesión en todas partes y tus claves de API ya no servirán.",
      button: "Recuperar mi cuenta",
      doneTitle: "Cuenta recuperada",
      done: "Ya puedes entrar de nuevo. Si la eliminó otra persona, elige una contraseña nueva.",
    },
    "download-export": {
      title: "Descarga tus datos",
      lead: "El archivo contiene todo lo que se guarda sobre ti. Guárdalo donde solo tú puedas leerlo: esto funciona una sola vez.",
      button: "Descargar",
      doneTitle: "Tus datos se han descargado",
      done: "Si el archivo no está completo, pide otra copia en la aplicación.",
    },
  },
  questions: {
    "verify-email": {
      question: "¿Has sido tú?",
      no: "No, no he sido yo",
      disownedTitle: "Hemos cerrado la sesión de esa persona",
      disowned:
        "Su contraseña, sus sesiones y todo lo demás que había configurado ya no sirven. La cuenta es tuya si la quieres: te hemos enviado un enlace para elegir una contraseña. Si no la quieres, no tienes que hacer nada más.",
    },
    "confirm-email-change": {
      question: "¿Has sido tú?",
      no: "No, no he sido yo",
      disownedTitle: "No se ha cambiado nada",
      disowned: "Esa cuenta no tiene tu correo electrónico. Puedes cerrar esta página.",
    },
    "complete-registration": {
      question: "¿Has sido tú?",
      no: "No, no he sido yo",
      disownedTitle: "No se ha creado ninguna cuenta",
      disowned: "Ese registro ya no sirve. Puedes cerrar esta página.",
    },
  },
  origin: {
    email: "Correo electrónico",
    browser: "Navegador o aplicación",
    unknownBrowser: "Una aplicación o un programa que no dice su nombre",
    on: "en",
    place: "Dirección IP",
    unknownPlace: "No se sabe",
    time: "Cuándo",
  },
  email: "Correo electrónico",
  identifier: "Cuenta",
  withoutEmail:
    "Una cuenta sin correo electrónico no se puede recuperar por correo. Si aún tienes la sesión abierta en algún sitio, añade allí uno. Si no, pregunta a quien ofrece este servicio.",
  emailRefused: "Esto no es una dirección de correo electrónico. Vuelve a mirarla.",
  newPassword: "Contraseña nueva",
  show: "Mostrar",
  showPassword: "Mostrar la contraseña",
  passwordHint: (minCharacters) =>
    `Al menos ${minCharacters} caracteres; cuatro palabras sin relación entre sí van bien.`,
  invalidTitle: "Este enlace no funciona",
  invalid: {
    ofApp: "Ya se ha usado, ha caducado o está incompleto. Pide uno nuevo donde inicias sesión.",
    confirmed:
      "Si tu correo electrónico ya está confirmado, por este enlace o por una contraseña nueva, no tienes que hacer nada más. Si no, el enlace ha caducado o está incompleto: pide uno nuevo en la aplicación donde te registraste.",
    restore:
      "Ya se ha usado, ha caducado o está incompleto, o la cuenta ya no existe. Si ya has recuperado tu cuenta, entra como siempre.",
    reset: "Ya se ha usado, ha caducado o está incompleto.",
    askAgain: "Pide un enlace nuevo",
  },
  later: "Se ha intentado demasiadas veces. Espera un poco y vuelve a intentarlo.",
  failed: "No ha funcionado. Vuelve a intentarlo dentro de un momento.",
  unread:
    "No se ha podido cargar esta página. No ha pasado nada y el enlace sigue funcionando: ábrelo otra vez dentro de un momento.",
  noScript: "Esta página necesita JavaScript.",
};

/** The words of the pages, by language. */
export const pageTexts: Readonly<Record<Language, PageTexts>> = { en: english, es: spanish };
