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
    "identity-changed": ({ locale, at, provider, change }, product) => ({
      subject:
        change === "linked"
          ? `Se ha vinculado el acceso con ${provider} a tu cuenta de ${product}`
          : `Se ha desvinculado el acceso con ${provider} de tu cuenta de ${product}`,
      title: change === "linked" ? "Nueva forma de entrar en tu cuenta" : "Una forma de entrar menos en tu cuenta",
      paragraphs: [
        change === "linked"
          ? `Ahora se puede entrar en tu cuenta con una cuenta de ${provider}.`
          : `La cuenta de ${provider} ya no da acceso a tu cuenta.`,
      ],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
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
    "sign-in-code": ({ code, validForMinutes }, product) => ({
      subject: `Tu código para entrar en ${product}`,
      title: "Tu código para entrar",
      paragraphs: ["Alguien, esperamos que tú, ha entrado en tu cuenta. Escribe este código donde te lo han pedido."],
      facts: [{ label: "Código", value: code }],
      notes: [
        `El código funciona una vez, durante ${formatMinutes("es", validForMinutes)}. No se lo des a nadie: nadie que trabaje para ${product} te lo pedirá.`,
        "Si no has sido tú, alguien sabe cómo entrar: elige ahora otra contraseña.",
      ],
    }),
    "second-factor-changed": ({ locale, at }, product) => ({
      subject: `Se ha cambiado el segundo factor de tu cuenta de ${product}`,
      title: "Se ha cambiado tu segundo factor",
      paragraphs: ["Se ha añadido, sustituido o quitado lo que tu cuenta pide además de la contraseña."],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
      notes: [nothingToDo, secure],
    }),
    "second-factor-reset-requested": ({ locale, at }, product) => ({
      subject: `Se va a quitar el segundo factor de tu cuenta de ${product}`,
      title: "Se va a quitar tu segundo factor",
      paragraphs: [
        "Se ha pedido al equipo de asistencia que quite el segundo factor de tu cuenta, porque lo habías perdido. Puedes impedirlo hasta la fecha que indicamos.",
      ],
      facts: [{ label: "Se quitará el", value: formatMoment(locale, at) }],
      notes: [
        "Si lo has pedido tú, no tienes que hacer nada. Cuando se quite, se cerrarán todas tus sesiones.",
        "Si no has sido tú, entra antes con tu segundo factor o con un código de recuperación: así lo impides. Después elige otra contraseña.",
      ],
    }),
    "second-factors-reset": ({ locale, at }, product) => ({
      subject: `Se ha quitado el segundo factor de tu cuenta de ${product}`,
      title: "Se ha quitado tu segundo factor",
      paragraphs: [
        "El segundo factor de tu cuenta y sus códigos de recuperación ya no funcionan, y se han cerrado todas tus sesiones. Vuelve a entrar y configura otro.",
      ],
      facts: [{ label: "Fecha", value: formatMoment(locale, at) }],
      notes: ["Si no lo has pedido tú, elige ahora otra contraseña y avisa al equipo de asistencia."],
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
    "passkey-added": ({ locale, at, passkeyName }, product) => ({
      subject: `Se ha añadido una llave de acceso a tu cuenta de ${product}`,
      title: "Se ha añadido una llave de acceso",
      paragraphs: ["Quien tenga esta llave de acceso puede entrar en tu cuenta con ella, sin contraseña."],
      facts: [
        { label: "Nombre", value: passkeyName },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [
        nothingToDo,
        "Si no has sido tú, elimina ahora la llave, elige una contraseña nueva y cierra la sesión en todos los dispositivos.",
      ],
    }),
    "passkey-removed": ({ locale, at, passkeyName }, product) => ({
      subject: `Se ha eliminado una llave de acceso de tu cuenta de ${product}`,
      title: "Se ha eliminado una llave de acceso",
      paragraphs: ["Con esta llave de acceso ya no se puede entrar en tu cuenta."],
      facts: [
        { label: "Nombre", value: passkeyName },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [nothingToDo, secure],
    }),
    "passkey-refused": ({ locale, at, passkeyName }, product) => ({
      subject: `Se ha rechazado una llave de acceso de tu cuenta de ${product}`,
      title: "Hemos rechazado una de tus llaves de acceso",
      paragraphs: [
        "Se ha usado esta llave de acceso, que cuenta sus usos, y la cuenta era menor que antes. Puede significar que alguien tiene una copia.",
      ],
      facts: [
        { label: "Nombre", value: passkeyName },
        { label: "Fecha", value: formatMoment(locale, at) },
      ],
      notes: [
        "Entra de otra manera, elimina esta llave y añade una nueva.",
        "Si no la has usado en ese momento, cierra además la sesión en todos los dispositivos.",
      ],
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
