import { call } from "./call.js";

/**
 * Reads the origin of the link, or its account, without using up the link.
 *
 * @returns {Promise<{ origin: object } | { section: "invalid" | "unread" }>}
 */
export async function readOrigin(address, token) {
  const { ok, status, body } = await call(address, { token });
  if (ok) return { origin: body };
  return { section: status === 400 ? "invalid" : "unread" };
}

/** Writes the origin into the page as text, not as HTML: users and programs chose parts of it. */
export function showOrigin({ email, identifier, browser, system, ip, requestedAt }) {
  const place = (name) => document.querySelector(`[data-origin="${name}"]`);
  // On the page that asks only for a password, this is a field for password managers.
  if ("value" in place("email")) place("email").value = identifier;
  else place("email").textContent = email;
  if (place("time") === null) return;
  const { unknown, on } = place("browser").dataset;
  const program = browser === null ? unknown : nameOf(browser);
  place("browser").textContent = system === null ? program : `${program} ${on} ${nameOf(system)}`;
  place("place").textContent = ip ?? place("place").dataset.unknown;
  const format = { dateStyle: "long", timeStyle: "long" };
  place("time").textContent = new Date(requestedAt).toLocaleString(document.documentElement.lang, format);
}

/** Lets the way on lead to where the link's request wanted it. The server has checked the address. */
export function leadTo(redirectTo) {
  if (!redirectTo) return;
  for (const link of document.querySelectorAll("[data-way-on]")) {
    link.href = redirectTo;
    link.textContent = link.dataset.wayOn;
  }
}

/** Returns the name with the major version only: it is enough for a reader, and browsers make up the other numbers. */
function nameOf({ name, version }) {
  return version === undefined ? name : `${name} ${version.split(".")[0]}`;
}
