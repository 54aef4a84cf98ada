import type { Language } from "../../delivery/language.ts";

/** What answers a challenge, by the name of its field. */
export type FactorField = "passkey" | "code" | "emailCode" | "recoveryCode";

/** The words of the form for a second factor, in one language. */
export interface SecondFactorTexts {
  readonly title: string;
  /** Above the button for a passkey, which has no field. */
  readonly passkeyHint: string;
  readonly code: string;
  readonly codeHint: string;
  readonly emailCode: string;
  readonly emailHint: string;
  readonly sendCode: string;
  /** After a code was sent. */
  readonly codeSent: string;
  readonly recoveryCode: string;
  readonly recoveryHint: string;
  /** The buttons that lead from one factor to another. */
  readonly use: Readonly<Record<FactorField, string>>;
  /** With `{duration}` where the days belong. */
  readonly trustDevice: string;
  readonly trustHint: string;
  readonly button: string;
  readonly passkeyButton: string;
  /** By the error code and the field, the fields that were left empty, and what the browser says. */
  readonly alerts: Readonly<
    Record<
      | "MFA_CHALLENGE_INVALID"
      | "PASSKEY_INVALID"
      | "CODE_INVALID"
      | "EMAIL_CODE_INVALID"
      | "RECOVERY_CODE_INVALID"
      | "passkey-unused"
      | "no-way"
      | "code"
      | "recoveryCode",
      string
    >
  >;
}

const english: SecondFactorTexts = {
  title: "Confirm that it is you",
  passkeyHint: "Use a passkey of your account: your browser asks for it.",
  code: "Code",
  codeHint: "The six digits that your authenticator app shows.",
  emailCode: "Code from the mail",
  emailHint: "Six digits. Only the newest mail counts.",
  sendCode: "Send me a code",
  codeSent: "A mail with a code is on its way to the address of your account.",
  recoveryCode: "Recovery code",
  recoveryHint: "One of the codes that you got when you set up the second factor. It works once.",
  use: {
    passkey: "Use a passkey",
    code: "Use the authenticator app",
    emailCode: "Use a code by mail",
    recoveryCode: "Use a recovery code",
  },
  trustDevice: "Trust this device for {duration}",
  trustHint: "Sign-ins here then take no second factor. Leave it out on a computer that others use.",
  button: "Confirm",
  passkeyButton: "Continue with a passkey",
  alerts: {
    MFA_CHALLENGE_INVALID: "It took too long, or too many answers were wrong.",
    PASSKEY_INVALID: "This passkey is not accepted. Try again, or use something else.",
    CODE_INVALID: "This code is wrong, or was used already. Enter the next one that the app shows.",
    EMAIL_CODE_INVALID: "This is not the code of the newest mail. Please look at it again.",
    RECOVERY_CODE_INVALID: "This is no recovery code of your account that still works.",
    "passkey-unused": "No passkey was used. Try again, or use something else.",
    "no-way":
      "Nothing that this browser can do completes the sign-in. Try another browser, or ask the people who run this service.",
    code: "Enter the code.",
    recoveryCode: "Enter a recovery code.",
  },
};

const spanish: SecondFactorTexts = {
  title: "Confirma que eres tú",
  passkeyHint: "Usa una llave de acceso de tu cuenta: el navegador te la pedirá.",
  code: "Código",
  codeHint: "Las seis cifras que muestra tu aplicación de autenticación.",
  emailCode: "Código del correo",
  emailHint: "Seis cifras. Solo vale el último mensaje.",
  sendCode: "Envíame un código",
  codeSent: "Un mensaje con un código está en camino al correo de tu cuenta.",
  recoveryCode: "Código de recuperación",
  recoveryHint: "Uno de los códigos que recibiste al configurar el segundo factor. Funciona una sola vez.",
  use: {
    passkey: "Usar una llave de acceso",
    code: "Usar la aplicación de autenticación",
    emailCode: "Usar un código por correo",
    recoveryCode: "Usar un código de recuperación",
  },
  trustDevice: "Confiar en este dispositivo durante {duration}",
  trustHint: "Aquí no se te pedirá el segundo factor. No lo marques en un ordenador que usen otras personas.",
  button: "Confirmar",
  passkeyButton: "Continuar con una llave de acceso",
  alerts: {
    MFA_CHALLENGE_INVALID: "Ha pasado demasiado tiempo, o demasiadas respuestas estaban mal.",
    PASSKEY_INVALID: "Esta llave de acceso no sirve. Inténtalo otra vez, o usa otra cosa.",
    CODE_INVALID: "Este código está mal o ya se ha usado. Escribe el siguiente que muestre la aplicación.",
    EMAIL_CODE_INVALID: "Este no es el código del último mensaje. Vuelve a mirarlo.",
    RECOVERY_CODE_INVALID: "Este no es un código de recuperación de tu cuenta que aún funcione.",
    "passkey-unused": "No se ha usado ninguna llave de acceso. Inténtalo otra vez, o usa otra cosa.",
    "no-way":
      "Con este navegador no se puede completar el inicio de sesión. Prueba con otro, o pregunta a quienes llevan este servicio.",
    code: "Escribe el código.",
    recoveryCode: "Escribe un código de recuperación.",
  },
};

/** The words of the form for a second factor, by language. */
export const secondFactorTexts: Readonly<Record<Language, SecondFactorTexts>> = { en: english, es: spanish };
