/**
 * Reads the origin of the link, or its account, without using up the link. Returns the origin, or the name of the section that
 * says why it cannot be shown.
 *
 * @param {{ address: string, token: string, fetch: typeof fetch }} call
 * @returns {Promise<{ section: "ask", origin: object } | { section: "invalid" | "unread" }>}
 */
export async function readOrigin({ address, token, fetch }) {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify({ token }) });
    if (response.ok) return { section: "ask", origin: await response.json() };
    // An unread body would keep the connection busy.
    await response.body?.cancel();
    return { section: response.status === 400 ? "invalid" : "unread" };
  } catch {
    return { section: "unread" };
  }
}

/** Writes the origin into the page as text, not as HTML: users and programs chose parts of it. */
export function showOrigin({ email, browser, system, ip, requestedAt }, { document, language }) {
  const place = (name) => document.querySelector(`[data-origin="${name}"]`);
  // On the page that asks only for a password, this is a field for password managers.
  if ("value" in place("email")) place("email").value = email;
  else place("email").textContent = email;
  if (place("time") === null) return;
  const { unknown, on } = place("browser").dataset;
  const program = browser === null ? unknown : nameOf(browser);
  place("browser").textContent = system === null ? program : `${program} ${on} ${nameOf(system)}`;
  place("place").textContent = ip ?? place("place").dataset.unknown;
  const format = { dateStyle: "long", timeStyle: "long" };
  place("time").textContent = new Date(requestedAt).toLocaleString(language, format);
}

/** Returns the name with the major version only: it is enough for a reader, and browsers make up the other numbers. */
function nameOf({ name, version }) {
  return version === undefined ? name : `${name} ${version.split(".")[0]}`;
}
