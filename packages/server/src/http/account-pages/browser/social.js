/** Where this tab keeps the verifier of the sign-in that it began at a provider. */
const verifierName = "gatehouse.social.verifier";

const base64url = (bytes) =>
  btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/** Lets the buttons send the browser to their providers. It comes back here with a code for this tab's verifier (RFC 7636). */
export function offerProviders(form) {
  const { redirectTo } = form.querySelector(".social")?.dataset ?? {};
  for (const button of form.querySelectorAll("[data-provider]")) {
    button.addEventListener("click", async () => {
      const verifier = base64url(crypto.getRandomValues(new Uint8Array(32)));
      sessionStorage.setItem(verifierName, verifier);
      const codeChallenge = base64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier)));
      const parameters = new URLSearchParams({ redirectTo, codeChallenge, remember: form.elements.remember.checked });
      location.assign(`/v1/auth/social/${button.dataset.provider}/start?${parameters}`);
    });
  }
}

/**
 * Returns what a provider sent this tab back with: the fields of an exchange, or the code of an error; `undefined` if it sent
 * nothing. Another tab's code is not taken, so that nobody is signed in to an account that is not theirs.
 */
export function takeReturn() {
  const parameters = new URLSearchParams(location.search);
  const [code, error] = [parameters.get("code"), parameters.get("error")];
  const codeVerifier = sessionStorage.getItem(verifierName);
  sessionStorage.removeItem(verifierName);
  if ((!code && !error) || !codeVerifier) return undefined;
  for (const name of ["code", "error"]) parameters.delete(name);
  history.replaceState(null, "", location.pathname + (parameters.size > 0 ? `?${parameters}` : ""));
  return code ? { fields: { code, codeVerifier } } : { error };
}
