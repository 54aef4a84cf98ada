import { call } from "./call.js";

/** Where `@gatehouse/client` keeps it too, so that an app at this origin and these pages finish each other's attempts. */
const attemptName = "gatehouse.session.attempt";

/**
 * Returns the user who is signed in in this browser, or `undefined`. The session is in cookies that no script can read, so the
 * server is asked.
 */
export async function findUser() {
  const status = await call("/v1/auth/status", undefined, { method: "GET" });
  if (status.ok) return status.body.user;
  if (status.status !== 401 || !(await refresh())) return undefined;
  return (await call("/v1/auth/status", undefined, { method: "GET" })).body.user;
}

/**
 * Refreshes the session once for all tabs. The attempt key is kept before anything is sent: with it a lost answer can be asked
 * for again at any time.
 */
async function refresh() {
  return await inTurn(async () => {
    localStorage[attemptName] ??= crypto.randomUUID().replaceAll("-", "");
    const { ok, status } = await call("/v1/auth/refresh", undefined, {
      headers: { "idempotency-key": localStorage[attemptName] },
    });
    if (status !== 0 && status < 500) delete localStorage[attemptName];
    return ok;
  });
}

/** Browsers without locks refresh in each tab, which the server allows for a while. */
function inTurn(work) {
  return navigator.locks ? navigator.locks.request("gatehouse.session", work) : work();
}

/** Ends the session of this browser. */
export async function signOut() {
  return await call("/v1/auth/logout");
}

/** The account as people know it. */
export function nameOf({ email, username, phone }) {
  return email ?? username ?? phone;
}
