/** An answer over REST, read. */
export interface RestResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; `undefined` if there is none. Tests read it as loosely as a client in another language. */
  // biome-ignore lint/suspicious/noExplicitAny: the tests assert what is in it
  readonly body: any;
}

interface RestRequest {
  readonly method?: string;
  readonly body?: unknown;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Calls an operation as curl would; a `string` body is sent unchanged, any other as JSON. */
export async function rest(base: string, path: string, request: RestRequest = {}): Promise<RestResponse> {
  const { body, token, method = body === undefined ? "GET" : "POST", headers = {} } = request;
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === "" ? undefined : JSON.parse(text) };
}

/** The parts of a registration's answer that tests use. */
export interface Account {
  readonly email: string;
  readonly password: string;
  readonly userId: string;
  readonly accessToken: string;
  readonly refreshToken: string;
}

/** Registers a user, by default with a unique address. */
export async function registerAccount(
  base: string,
  fields: Partial<Pick<Account, "email" | "password">> & Readonly<Record<string, unknown>> = {},
): Promise<Account> {
  const credentials = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
  const given = { ...credentials, ...fields };
  const { status, body } = await rest(base, "/v1/auth/register", { body: given });
  if (status !== 201) throw new Error(`The registration answered ${status}: ${JSON.stringify(body)}`);
  const { accessToken, refreshToken } = body.session;
  const { email, password } = given;
  return { email, password, userId: body.user.id, accessToken, refreshToken };
}
