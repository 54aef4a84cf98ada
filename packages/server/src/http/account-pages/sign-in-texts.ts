import type { Language } from "../../delivery/language.ts";

/** A title and a sentence. */
interface Notice {
  readonly title: string;
  readonly text: string;
}

/** The words of the pages to sign in and to sign up, in one language. */
export interface SignInTexts {
  readonly signIn: {
    readonly title: string;
    readonly identifier: string;
    /** In its place where accounts can be registered by a telephone number. */
    readonly identifierOrPhone: string;
    readonly password: string;
    readonly remember: string;
    readonly button: string;
    readonly passkey: string;
    readonly byMail: string;
    readonly forgot: string;
    /** Before the link to the page to sign up. */
    readonly noAccount: string;
    /** By the error code, or the name of the field that is wrong. */
    readonly alerts: Readonly<
      Record<"INVALID_CREDENTIALS" | "PASSKEY_INVALID" | "EMAIL_NOT_VERIFIED" | "ACCOUNT_DISABLED", string>
    > &
      Readonly<Record<"identifier" | "password" | "email", string>>;
  };
  readonly social: {
    /** With `{provider}` where the name belongs. */
    readonly button: string;
    readonly failed: string;
    readonly cancelled: string;
  };
  readonly signUp: {
    readonly title: string;
    readonly email: string;
    readonly username: string;
    readonly usernameHint: string;
    /** Beside the address and the username where one of them is enough. */
    readonly oneOfBoth: string;
    readonly password: string;
    readonly button: string;
    /** Before the link to the page to sign in. */
    readonly hasAccount: string;
    readonly alerts: Readonly<Record<"EMAIL_TAKEN" | "USERNAME_TAKEN" | "USERNAME_RESERVED", string>> &
      Readonly<Record<"email" | "username" | "password", string>>;
  };
  readonly magicLink: {
    readonly title: string;
    readonly lead: string;
    readonly account: string;
    readonly button: string;
    /** For a reader who uses an app that is no web page. */
    readonly hint: string;
  };
  readonly signedIn: {
    readonly title: string;
    /** Before the account. */
    readonly as: string;
    /** With `{account}` where the account belongs. */
    readonly continueAs: string;
    readonly goOn: string;
    readonly another: string;
    readonly signOut: string;
  };
  /** After the link to sign in was requested. */
  readonly sent: Notice;
  /** After a registration that is completed by a link. */
  readonly confirm: Notice;
  /** In place of the form to sign up, where every account is registered by a telephone number. */
  readonly byPhoneOnly: Notice;
  readonly notFound: Notice;
  /** The app's request to sign in was refused. */
  readonly refused: Notice;
  readonly back: string;
  /** The page was opened at another address than `PUBLIC_URL`, where browsers keep no session; with `{address}`. */
  readonly wrongOrigin: string;
}

const english: SignInTexts = {
  signIn: {
    title: "Sign in",
    identifier: "Email address or username",
    identifierOrPhone: "Email address, username or telephone number",
    password: "Password",
    remember: "Keep me signed in",
    button: "Sign in",
    passkey: "Sign in with a passkey",
    byMail: "Send me a link by mail instead",
    forgot: "Forgot your password?",
    noAccount: "No account yet?",
    alerts: {
      INVALID_CREDENTIALS: "There is no account with this name and this password. Please look at both again.",
      PASSKEY_INVALID: "This passkey does not work here any more. Sign in another way.",
      EMAIL_NOT_VERIFIED: "Your email address is not confirmed yet: open the link in the mail that we sent you.",
      ACCOUNT_DISABLED: "This account is disabled. Please ask the people who run this service.",
      identifier: "Enter your email address or your username.",
      password: "Enter your password.",
      email: "Enter the email address of your account. The link is sent there.",
    },
  },
  social: {
    button: "Continue with {provider}",
    failed: "That sign-in did not work. Try again, or sign in another way.",
    cancelled: "You ended that sign-in. Try again, or sign in another way.",
  },
  signUp: {
    title: "Create an account",
    email: "Email address",
    username: "Username",
    usernameHint: "Others can see it.",
    oneOfBoth:
      "An email address or a username is enough. Without an email address, a lost password cannot be replaced.",
    password: "Password",
    button: "Create account",
    hasAccount: "You have an account?",
    alerts: {
      EMAIL_TAKEN: "There is an account with this email address already: sign in, or have a lost password replaced.",
      USERNAME_TAKEN: "This username is taken. Choose another.",
      USERNAME_RESERVED: "Nobody can have this username. Choose another.",
      email: "This is not an email address. Please look at it again.",
      username: "A username has 3 to 32 letters, digits, dots, hyphens or underscores.",
      password: "Choose a password.",
    },
  },
  magicLink: {
    title: "Sign in by this link",
    lead: "The link signs you in, in this browser, to this account:",
    account: "Email address",
    button: "Sign in",
    hint: "Did you ask for the link in an app? Then open the mail on the device with the app. The link works once.",
  },
  signedIn: {
    title: "You are signed in",
    as: "Account",
    continueAs: "Continue as {account}",
    goOn: "Continue",
    another: "Use another account",
    signOut: "Sign out",
  },
  sent: {
    title: "Look into your mailbox",
    text: "If there is an account with this email address, a mail with a link to sign in is on its way. If you ask again, the next mail can take a while: look for the mail that you have, whose link still works.",
  },
  confirm: {
    title: "Look into your mailbox",
    text: "We have sent you a mail. Open its link to complete your registration, then sign in.",
  },
  byPhoneOnly: {
    title: "Create an account in the app",
    text: "An account here is created with a telephone number, which this page cannot do.",
  },
  notFound: { title: "There is no such page", text: "The address is wrong, or the page is gone." },
  refused: {
    title: "You cannot sign in from there",
    text: "The app or the page that sent you here has made a mistake, and nothing has happened. Go back and try again; if this page returns, tell the people who run that app.",
  },
  back: "Sign in",
  wrongOrigin: "You can sign in only at {address}.",
};

const spanish: SignInTexts = {
  signIn: {
    title: "Inicia sesión",
    identifier: "Correo electrónico o nombre de usuario",
    identifierOrPhone: "Correo electrónico, nombre de usuario o número de teléfono",
    password: "Contraseña",
    remember: "Mantener la sesión abierta",
    button: "Iniciar sesión",
    passkey: "Iniciar sesión con una llave de acceso",
    byMail: "Prefiero recibir un enlace por correo",
    forgot: "¿Has olvidado la contraseña?",
    noAccount: "¿Aún no tienes cuenta?",
    alerts: {
      INVALID_CREDENTIALS: "No hay ninguna cuenta con este nombre y esta contraseña. Revisa los dos.",
      PASSKEY_INVALID: "Esta llave de acceso ya no sirve aquí. Inicia sesión de otra manera.",
      EMAIL_NOT_VERIFIED: "Tu correo electrónico aún no está confirmado: abre el enlace del mensaje que te enviamos.",
      ACCOUNT_DISABLED: "Esta cuenta está desactivada. Pregunta a quienes llevan este servicio.",
      identifier: "Escribe tu correo electrónico o tu nombre de usuario.",
      password: "Escribe tu contraseña.",
      email: "Escribe el correo electrónico de tu cuenta. Enviaremos allí el enlace.",
    },
  },
  social: {
    button: "Continuar con {provider}",
    failed: "No se ha podido entrar así. Inténtalo otra vez, o inicia sesión de otra manera.",
    cancelled: "Has interrumpido ese inicio de sesión. Inténtalo otra vez, o inicia sesión de otra manera.",
  },
  signUp: {
    title: "Crea una cuenta",
    email: "Correo electrónico",
    username: "Nombre de usuario",
    usernameHint: "Los demás pueden verlo.",
    oneOfBoth:
      "Basta con un correo electrónico o un nombre de usuario. Sin correo electrónico no se puede cambiar una contraseña olvidada.",
    password: "Contraseña",
    button: "Crear cuenta",
    hasAccount: "¿Ya tienes cuenta?",
    alerts: {
      EMAIL_TAKEN: "Ya hay una cuenta con este correo electrónico: inicia sesión, o cambia la contraseña olvidada.",
      USERNAME_TAKEN: "Este nombre de usuario ya está ocupado. Elige otro.",
      USERNAME_RESERVED: "Nadie puede tener este nombre de usuario. Elige otro.",
      email: "Esto no es una dirección de correo electrónico. Vuelve a mirarla.",
      username: "Un nombre de usuario tiene de 3 a 32 letras, cifras, puntos, guiones o guiones bajos.",
      password: "Elige una contraseña.",
    },
  },
  magicLink: {
    title: "Inicia sesión con este enlace",
    lead: "El enlace abre tu sesión, en este navegador, con esta cuenta:",
    account: "Correo electrónico",
    button: "Iniciar sesión",
    hint: "¿Pediste el enlace en una aplicación? Entonces abre el correo en el dispositivo que la tiene. El enlace funciona una sola vez.",
  },
  signedIn: {
    title: "Has iniciado sesión",
    as: "Cuenta",
    continueAs: "Continuar como {account}",
    goOn: "Continuar",
    another: "Usar otra cuenta",
    signOut: "Cerrar sesión",
  },
  sent: {
    title: "Mira tu correo",
    text: "Si hay una cuenta con este correo electrónico, un mensaje con un enlace para entrar está en camino. Si lo pides otra vez, puede tardar un rato en llegar: busca el enlace que ya tienes, que sigue funcionando.",
  },
  confirm: {
    title: "Mira tu correo",
    text: "Te hemos enviado un mensaje. Abre su enlace para completar tu registro y después inicia sesión.",
  },
  byPhoneOnly: {
    title: "Crea una cuenta en la aplicación",
    text: "Aquí las cuentas se crean con un número de teléfono, y esta página no puede hacerlo.",
  },
  notFound: { title: "Esta página no existe", text: "La dirección está mal, o la página ya no está." },
  refused: {
    title: "Desde allí no se puede iniciar sesión",
    text: "La aplicación o la página que te ha traído aquí ha cometido un error, y no ha pasado nada. Vuelve e inténtalo otra vez; si ves de nuevo esta página, avisa a quienes llevan esa aplicación.",
  },
  back: "Iniciar sesión",
  wrongOrigin: "Solo puedes iniciar sesión en {address}.",
};

/** The words of the pages to sign in and to sign up, by language. */
export const signInTexts: Readonly<Record<Language, SignInTexts>> = { en: english, es: spanish };
