import type { FastifyReply, FastifyRequest } from "fastify";
import type { Language } from "../../delivery/language.ts";
import type { GatehouseError } from "../../errors.ts";
import { contextOf, sendPage } from "../account-pages/answer.ts";
import { layOut, type PageContext, type PageSettings } from "../account-pages/layout.ts";
import { fromFastifyError, logFailure } from "../failures.ts";
import { sendProblem } from "../problem.ts";

interface Failed {
  readonly error: unknown;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

const texts: Readonly<Record<Language, { readonly title: string; readonly lead: string; readonly code: string }>> = {
  en: {
    title: "The sign-in did not work",
    lead: "Go back to the app and begin again, in this browser. If it keeps failing, tell the app's support this code:",
    code: "Error code",
  },
  es: {
    title: "No se ha podido entrar",
    lead: "Vuelve a la aplicación y empieza otra vez, en este navegador. Si sigue fallando, da este código a su soporte:",
    code: "Código de error",
  },
};

/** Answers a failure for which there is no address to go to: with a page for browsers, and a problem document for others. */
export function sendErrorPage({ config }: { readonly config: PageSettings }, { error, request, reply }: Failed) {
  const failure = fromFastifyError(error);
  logFailure(request.log, failure, {});
  if (request.headers.accept?.includes("text/html") !== true) return sendProblem(reply, failure, config);
  const context = contextOf(config, request);
  return sendPage(
    reply.code(failure.status).header("cache-control", "no-store"),
    context,
    renderErrorPage(context, failure),
  );
}

function renderErrorPage(context: PageContext, { code }: GatehouseError): string {
  const { title, lead, code: label } = texts[context.language];
  const card = `<h1>${title}</h1>\n<p>${lead}</p>\n<dl><dt>${label}</dt><dd>${code}</dd></dl>`;
  return layOut({ ...context, title, card });
}
