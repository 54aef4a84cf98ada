/**
 * Sends the token to its operation; answers with the name of the section that tells what came of it.
 *
 * @param {{ address: string, fields: Record<string, string>, fetch: typeof fetch }} call
 * @returns {Promise<"done" | "password" | "later" | "invalid" | "failed">}
 */
export async function redeem({ address, fields, fetch }) {
  try {
    const headers = { "content-type": "application/json" };
    const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(fields) });
    if (response.ok) return "done";
    return sectionOf(response.status, await response.json());
  } catch {
    return "failed";
  }
}

/** @param {{ code?: string, errors?: { path: string }[] }} problem */
function sectionOf(status, { code, errors = [] }) {
  if (status === 429) return "later";
  if (status >= 500) return "failed";
  const isAboutPassword = code === "PASSWORD_TOO_WEAK" || errors.some(({ path }) => path === "password");
  return isAboutPassword ? "password" : "invalid";
}
