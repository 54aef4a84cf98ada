import { escapeHtml } from "../../delivery/escape-html.ts";
import { layOut, type PageContext, wayOn } from "./layout.ts";
import { signInTexts } from "./sign-in-texts.ts";

/** Renders what a browser gets at an address that does not exist. */
export function renderNotFound(context: PageContext): string {
  const texts = signInTexts[context.language];
  const { homeUrl } = context.settings.pages;
  const way =
    homeUrl === undefined
      ? wayOn({ href: "/sign-in", label: texts.back })
      : wayOn({ href: homeUrl, label: texts.signedIn.goOn });
  const { title, text } = texts.notFound;
  return layOut({ ...context, title, card: `<h1>${title}</h1>\n<p>${text}</p>\n${way}` });
}

/** Renders what the reader sees whom an app sent with a wrong request. The reason is for the app's developers. */
export function renderRefused(context: PageContext, reason: string): string {
  const { title, text } = signInTexts[context.language].refused;
  const detail = `<p class="hint" lang="en"><code>${escapeHtml(reason)}</code></p>`;
  return layOut({ ...context, title, card: `<h1>${title}</h1>\n<p>${text}</p>\n${detail}` });
}

/** Renders what `/sign-up` says where every account is registered by a telephone number: only an app can send the code back. */
export function renderByPhoneOnly(context: PageContext, query: string): string {
  const { byPhoneOnly, back } = signInTexts[context.language];
  const { title, text } = byPhoneOnly;
  const way = wayOn({ href: `/sign-in${query}`, label: back });
  return layOut({ ...context, title, card: `<h1>${title}</h1>\n<p>${text}</p>\n${way}` });
}
