/**
 * Looks up who asked for the link, or whose it is, which leaves the link as it is. Returns that, or the section that says why it cannot be
 * shown.
 *
 * @param {{ address: string, token: string, fetch: typeof fetch }} call
 * @returns {Promise<{ section: "ask", origin: object } | { section: "invalid" | "unread" }>}
 */
export async function readOrigin({ address, token, fetch }) {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify({ token }) });
    if (response.ok) return { section: "ask", origin: await response.json() };
    // A body that nobody reads would keep the connection busy.
    await response.body?.cancel();
    return { section: response.status === 400 ? "invalid" : "unread" };
  } catch {
    return { section: "unread" };
  }
}

/** Puts it into the page, as text: some of it is what people and programs said of themselves. */
export function showOrigin({ email, browser, system, ip, requestedAt }, { document, language }) {
  const place = (name) => document.querySelector(`[data-origin="${name}"]`);
  // A field, for password managers, on the page that asks for nothing but a password.
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

/** The first number says enough for a reader, and browsers make up the others. */
function nameOf({ name, version }) {
  return version === undefined ? name : `${name} ${version.split(".")[0]}`;
}
