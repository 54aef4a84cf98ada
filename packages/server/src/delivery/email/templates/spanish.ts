import { formatMinutes, formatMoment } from "../../language.ts";
import type { MailTexts } from "./mail-content.ts";

const validFor = (minutes: number) =>
  `El enlace funciona una sola vez, en un plazo de ${formatMinutes("es", minutes)}.`;
const notYou = "Si no lo has pedido tú, ignora este correo: no cambia nada.";
const secure = "Si no has sido tú, elige ahora una contraseña nueva y cierra la sesión en todos los dispositivos.";
const nothingToDo = "Si has sido tú, no tienes que hacer nada.";

/** The mails in Spanish. */
export const spanish: MailTexts = {
  greeting: (name) => (name === null ? "Hola:" : `Hola, ${name}:`),
  fallback: "Si el botón no funciona, abre esta dirección:",
  foot: (product) =>
    `${product} envía este correo por algo relacionado con tu cuenta o porque alguien ha escrito tu dirección.`,
  templates: {
    "verify-email": ({ url, validForMinutes }, product) => ({
      subject: `Confirma tu correo electrónico para ${product}`,
      title: "Confirma tu correo electrónico",
      paragraphs: [
        `Confirma que esta dirección es tuya. ${product} la usa para avisarte de lo que afecta a tu cuenta.`,
      ],
      action: { label: "Confirmar dirección", url },
      notes: [validFor(validForMinutes), "Si no te has registrado tú, abre el enlace y dilo, o ignora este correo."],
    }),
    "confirm-email-change": ({ url, validForMinutes }, product) => ({
      subject: `Confirma tu nuevo correo electrónico para ${product}`,
      title: "Confirma tu nuevo correo electrónico",
      paragraphs: [
        `Alguien ha pedido que esta sea la dirección de su cuenta de ${product}. Confírmala para completar el cambio.`,
      ],
      action: { label: "Confirmar nueva dirección", url },
      notes: [validFor(validForMinutes), notYou],
    }),
    "email-change-requested": ({ newEmail }, product) => ({
      subject: `Se ha pedido cambiar el correo de tu cuenta de ${product}`,
      title: "Se ha pedido cambiar tu correo",
      paragraphs: [
        "Alguien ha pedido cambiar el correo electrónico de tu cuenta. Hasta que se confirme la nueva dirección, se mantiene esta.",
      ],
      facts: [{ label: "Nueva dirección", value: newEmail }],
      notes: [nothingToDo, secure],
    }),
    "email-changed": ({ newEmail, undoUrl, validForMinutes }, product) => ({
      subject: `Se ha cambiado el correo de tu cuenta de ${product}`,
      title: "Se ha cambiado tu correo",
      paragraphs: ["Tu cuenta tiene ahora otra dirección y esta ya no se usa."],
      facts: [{ label: "Nueva dirección", value: newEmail }],
      action: { label: "Deshacer el cambio", url: undoUrl },
      notes: [
        nothingToDo,
        `Si no has sido tú, deshazlo: tu cuenta recupera esta dirección. ${validFor(validForMinutes)}`,
      ],
    }),
    "reset-password": ({ url, validForMinutes }, product) => ({
      subject: `Elige una contraseña nueva para ${product}`,
      title: "Elige una contraseña nueva",
      paragraphs: ["Alguien, esperamos que tú, ha pedido una contraseña nueva para tu cuenta."],
      action: { label: "Elegir contraseña", url },
      notes: [validFor(validForMinutes), notYou],
    }),
    invitation: ({ url, validForMinutes }, product) => ({
      subject: `Tu cuenta de ${product}`,
      title: `Te damos la bienvenida a ${product}`,
      paragraphs: ["Hemos creado una cuenta para ti. Elige una contraseña y podrás entrar con esta dirección."],
      action: { label: "Elegir contraseña", url },
      notes: [validFor(validForMinutes), "Si no quieres una cuenta, ignora este correo: nadie puede entrar en ella."],
    }),
    "password-removed": ({ url, validForMinutes }, product) => ({
      subject: `Elige una contraseña nueva para ${product}`,
      title: "Necesitas una contraseña nueva",
      paragraphs: [
        "Para proteger tu cuenta, tu contraseña ya no sirve y hemos cerrado todas tus sesiones. Elige una nueva para volver a entrar.",
      ],
      action: { label: "Elegir contraseña", url },
      notes: [validFor(validForMinutes), "Si ha caducado, pide otro donde entras: «he olvidado mi contraseña»."],
    }),
    "magic-link": ({ url, validForMinutes }, product) => ({
      subject: `Tu enlace para entrar en ${product}`,
      title: `Entra en ${product}`,
      paragraphs: ["Con este enlace entras sin contraseña."],
      action: { label: "Entrar", url },
      notes: [`${validFor(validForMinutes)} No lo compartas: quien lo abra entrará en tu cuenta.`, notYou],
    }),
    "complete-registration": ({ url, validForMinutes }, product) => ({
      subject: `Completa tu registro en ${product}`,
      title: "Completa tu registro",
      paragraphs: ["Tu cuenta está casi lista. Confirma tu dirección y podrás entrar."],
      action: { label: "Completar registro", url },
      notes: [validFor(validForMinutes), "Si no te has registrado tú, ignora este correo."],
    }),
    "account-deleted": ({ url, validForMinutes }, product) => ({
      subject: `Tu cuenta de ${product} se ha eliminado`,
      title: "Tu cuenta se ha eliminado",
      paragraphs: [
        `Tu cuenta ya no se puede usar. Se borrará del todo dentro de ${formatMinutes("es", validForMinutes)}; hasta entonces puedes recuperarla.`,
      ],
      action: { label: "Recuperar mi cuenta", url },
      notes: [
        "Si la has eliminado tú, no tienes que hacer nada.",
        `Si no has sido tú, recupérala y elige una contraseña nueva. ${validFor(validForMinutes)}`,
      ],
    }),
    "export-ready": ({ url, validForMinutes }, product) => ({
      subject: `Tus datos de ${product} están listos`,
      title: "Tus datos están listos",
      paragraphs: ["Has pedido una copia de todo lo que se guarda sobre ti. Ya puedes descargarla."],
      action: { label: "Descargar mis datos", url },
      notes: [
        `${validFor(validForMinutes)} No lo compartas: quien lo abra tendrá tus datos.`,
        "Si no la has pedido tú, alguien ha entrado en tu cuenta: elige ahora una contraseña nueva y cierra la sesión en todos los dispositivos.",
      ],
    }),
    "address-already-registered": ({ resetUrl }, product) => ({
      subject: `Ya tienes una cuenta en ${product}`,
      title: "Ya tienes una cuenta",
      paragraphs: [
        "Alguien, esperamos que tú, ha intentado registrarse con esta dirección. Ya es la de tu cuenta: entra como siempre.",
      ],
      links: [{ text: "¿Has olvidado la contraseña? Elige otra aquí:", url: resetUrl }],
      notes: ["Si no has sido tú, ignora este correo: nadie sabrá que tienes una cuenta."],
    }),
    "new-sign-in": ({ locale, at, ip, device }, product) => ({
      subject: `Nuevo inicio de sesión en tu cuenta de ${product}`,
      title: "Nuevo inicio de sesión",
      paragraphs: ["Alguien ha entrado en tu cuenta desde un dispositivo que no se había usado antes."],
      facts: [
        { label: "Dispositivo", value: device },
        { label: "Dirección IP", value: ip },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [nothingToDo, secure],
    }),
    "password-changed": ({ locale, at }, product) => ({
      subject: `Se ha cambiado la contraseña de tu cuenta de ${product}`,
      title: "Se ha cambiado tu contraseña",
      paragraphs: ["Tu cuenta tiene una contraseña nueva."],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
      notes: [
        nothingToDo,
        "Si no has sido tú, pide ahora una contraseña nueva a esta dirección con «¿Has olvidado la contraseña?» al entrar.",
      ],
    }),
    "second-factor-changed": ({ locale, at }, product) => ({
      subject: `Se ha cambiado el segundo factor de tu cuenta de ${product}`,
      title: "Se ha cambiado tu segundo factor",
      paragraphs: ["Se ha añadido, sustituido o quitado lo que tu cuenta pide además de la contraseña."],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
      notes: [nothingToDo, secure],
    }),
    "phone-changed": ({ locale, at, lastDigits }, product) => ({
      subject: `Se ha cambiado el número de teléfono de tu cuenta de ${product}`,
      title: "Se ha cambiado tu número de teléfono",
      paragraphs: ["Tu cuenta tiene ahora otro número de teléfono."],
      facts: [
        { label: "El número nuevo termina en", value: lastDigits },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [nothingToDo, secure],
    }),
    "token-reused": ({ locale, at }, product) => ({
      subject: `Hemos cerrado una sesión de tu cuenta de ${product}`,
      title: "Hemos cerrado una de tus sesiones",
      paragraphs: [
        "Una clave de una de tus sesiones se ha usado dos veces. Puede significar que alguien la ha copiado, así que hemos cerrado la sesión. Entra de nuevo en ese dispositivo.",
      ],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
      notes: ["Si no sabes a qué se debe, elige una contraseña nueva y cierra la sesión en todos los dispositivos."],
    }),
    "api-key-created": ({ locale, at, keyName, prefix }, product) => ({
      subject: `Se ha creado una clave de API en tu cuenta de ${product}`,
      title: "Se ha creado una clave de API",
      paragraphs: ["Con esta clave un programa puede actuar en tu nombre hasta que la clave caduque o la revoques."],
      facts: [
        { label: "Nombre", value: keyName },
        { label: "La clave empieza por", value: prefix },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [nothingToDo, `${secure} Después revoca la clave: seguirá funcionando hasta que lo hagas.`],
    }),
    "webhook-stopped": ({ locale, host, webhookId, reason, since }, product) => ({
      subject: `Se ha detenido un webhook de ${product}`,
      title: "Se ha detenido un webhook",
      paragraphs: [
        reason === "gone"
          ? "El receptor de un webhook ha respondido 410 (Gone), así que ya no recibe eventos."
          : "Todos los intentos de entregar eventos a un webhook fallan desde hace días, así que ya no los recibe.",
      ],
      facts: [
        { label: "Servidor", value: host },
        { label: "Webhook", value: webhookId },
        { label: "Falla desde", value: formatMoment(locale, since) },
      ],
      notes: [
        "Cuando el receptor funcione, pon el estado del webhook en active y vuelve a entregar lo que su lista de entregas muestra como failed o canceled.",
      ],
    }),
  },
};
