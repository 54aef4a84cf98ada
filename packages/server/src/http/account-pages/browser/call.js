/**
 * Calls an operation. A call that got no answer has the status 0.
 *
 * @param {string} address
 * @param {object} [fields] The body. Default: none.
 * @param {{ method?: "GET" | "POST", headers?: Record<string, string> }} [options]
 * @returns {Promise<{ ok: boolean, status: number, body: object, file?: { content: Blob, name: string } }>}
 */
export async function call(address, fields, { method = "POST", headers = {} } = {}) {
  try {
    const type = fields && { "content-type": "application/json" };
    const body = fields && JSON.stringify(fields);
    const response = await fetch(address, { method, headers: { ...headers, ...type }, body });
    const { ok, status } = response;
    const [, name] = /filename="([^"]+)"/.exec(response.headers.get("content-disposition")) ?? [];
    if (ok && name) return { ok, status, body: {}, file: { content: await response.blob(), name } };
    const text = await response.text();
    return { ok, status, body: text === "" ? {} : JSON.parse(text) };
  } catch {
    return { ok: false, status: 0, body: {} };
  }
}
