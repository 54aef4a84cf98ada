import { call } from "./call.js";

/** A challenge is replaced this long before it ends, in milliseconds. */
const marginMillis = 15_000;

/** The offer in the browser's list, while there is one. */
let list;

/** Whether the browser has what the functions below take. */
export function knowsPasskeys() {
  return Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);
}

/**
 * Returns what the authenticator answered, or `undefined` if the reader cancelled, or has no passkey here. It ends the offer in the
 * list, since a browser asks for one passkey at a time.
 */
export async function askPasskey(publicKey) {
  list?.abort();
  return await ask({ publicKey });
}

/**
 * Lets the reader sign in with a passkey, in the browser's list at the field for the name and by the button, which is shown if the
 * browser and the server know passkeys. `use` gets what the authenticator answered.
 *
 * @param {HTMLButtonElement} button
 * @param {(credential: object) => Promise<void>} use
 */
export async function offerPasskeys(button, use) {
  if (!knowsPasskeys()) return;
  const isListed = (await PublicKeyCredential.isConditionalMediationAvailable?.()) === true;
  const first = await readOptions();
  if (first === undefined) return;
  if (isListed) listPasskeys(first, use);
  button.addEventListener("click", async () => {
    const options = await readOptions();
    const credential = options && (await askPasskey(options));
    if (credential) await use(credential);
    else if (isListed && options) listPasskeys(options, use);
  });
  button.hidden = false;
}

/** Offers the passkeys in the browser's list until it is aborted, each time with a challenge that still can be answered. */
function listPasskeys(first, use) {
  const ended = new AbortController();
  list = ended;
  const offer = async (publicKey) => {
    const expiry = AbortSignal.timeout(Math.max(publicKey.timeout - marginMillis, marginMillis));
    const signal = AbortSignal.any([ended.signal, expiry]);
    const credential = await ask({ publicKey, mediation: "conditional", signal });
    if (credential) await use(credential);
    if (ended.signal.aborted) return;
    const next = credential || expiry.aborted ? await readOptions() : undefined;
    if (next) await offer(next);
  };
  offer(first);
}

async function readOptions() {
  const { ok, body } = await call("/v1/auth/passkeys/login/options");
  return ok ? PublicKeyCredential.parseRequestOptionsFromJSON(body) : undefined;
}

async function ask(options) {
  try {
    const credential = await navigator.credentials.get(options);
    return credential?.toJSON();
  } catch {
    return undefined;
  }
}
