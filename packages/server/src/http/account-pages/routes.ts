import { readFile } from "node:fs/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Config } from "../../config.ts";
import { accountPages } from "../../delivery/account-page.ts";
import { sendDocument, toDocument } from "../document.ts";
import { type AskedSecondFactor, clearedSecondFactorCookie, readSecondFactorCookie } from "../second-factor-cookie.ts";
import { contextOf, queryOf, sendPage } from "./answer.ts";
import { readContinuation } from "./continuation.ts";
import type { SignInContext } from "./layout.ts";
import { renderLinkPage } from "./link-pages.ts";
import { renderNotFound, renderRefused } from "./notice-pages.ts";
import { renderMagicLink, renderSignIn, renderSignUp } from "./sign-in-pages.ts";
import { favicon, themeStyles } from "./theme.ts";

/** The modules that pages run, and those that they import. */
const scripts = [
  "call.js",
  "continue.js",
  "device.js",
  "link.js",
  "magic-link.js",
  "origin.js",
  "passkey.js",
  "second-factor.js",
  "session.js",
  "sign-in.js",
  "sign-up.js",
  "social.js",
  "view.js",
];

/** Adds the pages to sign in and to sign up, and `/account/<page>`, to which mails link, for products without such pages. */
export async function addAccountPages(app: FastifyInstance, config: Config): Promise<void> {
  app.get("/sign-in", signInPage(config, renderSignIn, takeAsked));
  app.get("/sign-up", signInPage(config, renderSignUp));
  for (const page of accountPages) {
    const render = page === "magic-link" ? renderMagicLink : (context: SignInContext) => renderLinkPage(page, context);
    app.get(`/account/${page}`, signInPage(config, render));
  }
  await addAssets(app, config);
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>;

/** Handles a page where a sign-in may continue somewhere; a wrong continuation gets a page that says so. */
function signInPage(
  config: Config,
  render: (context: SignInContext) => string,
  take?: (request: FastifyRequest, reply: FastifyReply) => AskedSecondFactor | undefined,
): Handler {
  return async (request, reply) => {
    const query = queryOf(request);
    const context = contextOf(config, request);
    const continuation = readContinuation(config, query);
    if ("refused" in continuation)
      return sendPage(reply.code(400), context, renderRefused(context, continuation.refused));
    const { login_hint: hint } = query;
    const loginHint = typeof hint === "string" ? hint.slice(0, maxHintCharacters) : undefined;
    const html = render({
      ...context,
      query: continuation.query,
      continuation,
      loginHint,
      asked: take?.(request, reply),
    });
    return sendPage(reply, context, html);
  };
}

/** Takes the second factor that a sign-in at a provider waits for out of the browser: it is shown once. */
function takeAsked(request: FastifyRequest, reply: FastifyReply): AskedSecondFactor | undefined {
  const asked = readSecondFactorCookie(request.headers.cookie);
  if (asked !== undefined) reply.header("set-cookie", clearedSecondFactorCookie);
  return asked;
}

/** As many as an address may have. */
const maxHintCharacters = 254;

/** Whether a browser opens this address as a page, and it is none of the API. */
export function isPageView({ method, url, headers }: Pick<FastifyRequest, "method" | "url" | "headers">): boolean {
  const isRead = method === "GET" || method === "HEAD";
  return isRead && headers.accept?.includes("text/html") === true && !/^\/(v1|rpc)(\/|\?|$)/.test(url);
}

/** Sends the page for an address that does not exist. */
export function sendNotFoundPage(config: Config, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const context = contextOf(config, request);
  return sendPage(reply.code(404), context, renderNotFound(context));
}

async function addAssets(app: FastifyInstance, config: Config): Promise<void> {
  const icon = toDocument("image/svg+xml", Buffer.from(favicon(config)));
  const documents = new Map([
    ["favicon.svg", icon],
    ["theme.css", toDocument("text/css; charset=utf-8", Buffer.from(themeStyles(config.pages)))],
    ["page.css", toDocument("text/css; charset=utf-8", await readAsset("page.css"))],
  ]);
  for (const file of scripts) documents.set(file, toDocument("text/javascript; charset=utf-8", await readAsset(file)));
  for (const [file, document] of documents) {
    app.get(`/account/assets/${file}`, async (request, reply) => sendDocument(request, reply, document));
  }
  // Browsers ask here for the icon of the other pages, such as the documentation.
  app.get("/favicon.ico", async (request, reply) => sendDocument(request, reply, icon));
}

function readAsset(file: string): Promise<Buffer> {
  return readFile(new URL(`browser/${file}`, import.meta.url));
}
