import { describe, expect, test } from "vitest";
import { operations, restTransport, rpcTransport, type Transport } from "../support/calls.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { batch, failLogins } from "../support/logins.ts";
import { registerAccount, rest } from "../support/rest.ts";

const environment = { LIMIT_LOGIN_FAILURES_PER_ACCOUNT: "5" };

interface Credentials {
  readonly email: string;
  readonly username: string;
  readonly password: string;
}

interface WayIn {
  readonly name: string;
  /** The code of the refusal; `undefined` for a success. */
  readonly enter: (url: string, credentials: Credentials) => Promise<string | undefined>;
}

function findOperation(procedure: string) {
  const operation = operations.find((candidate) => candidate.procedure === procedure);
  if (operation === undefined) throw new Error(`There is no ${procedure}`);
  return operation;
}

function byLogin(transport: Transport, identifierOf: (credentials: Credentials) => string): WayIn["enter"] {
  return async (url, credentials) => {
    const input = { identifier: identifierOf(credentials), password: credentials.password };
    return (await transport.send(url, findOperation("auth.login"), input)).code;
  };
}

function byBasic(transport: Transport, identifierOf: (credentials: Credentials) => string): WayIn["enter"] {
  return async (url, credentials) => {
    const basic = Buffer.from(`${identifierOf(credentials)}:${credentials.password}`).toString("base64");
    return (await transport.send(url, findOperation("auth.token"), {}, { authorization: `Basic ${basic}` })).code;
  };
}

const waysIn: readonly WayIn[] = [
  { name: "REST with the address", enter: byLogin(restTransport, ({ email }) => email) },
  { name: "RPC with the address", enter: byLogin(rpcTransport, ({ email }) => email) },
  { name: "the address in capitals", enter: byLogin(restTransport, ({ email }) => email.toUpperCase()) },
  {
    name: "the address in wide letters",
    enter: byLogin(restTransport, ({ email }) => email.replace(/^./, (first) => wide(first))),
  },
  { name: "the username", enter: byLogin(rpcTransport, ({ username }) => username) },
  { name: "the username in capitals", enter: byLogin(restTransport, ({ username }) => username.toUpperCase()) },
  { name: "HTTP Basic over REST", enter: byBasic(restTransport, ({ email }) => email) },
  { name: "HTTP Basic over RPC with the username", enter: byBasic(rpcTransport, ({ username }) => username) },
  {
    name: "a batch",
    enter: async (url, { email, password }) => {
      const [outcome] = await batch(url, "auth.login", [{ identifier: email, password }]);
      return outcome === "ok" ? undefined : outcome;
    },
  },
];

/** The fullwidth form of an ASCII letter or digit, which is the same to an address. */
function wide(character: string): string {
  return String.fromCharCode(character.charCodeAt(0) + 0xfee0);
}

async function registerWithUsername(url: string): Promise<Credentials> {
  const username = `ada${crypto.randomUUID().slice(0, 8)}`;
  return { ...(await registerAccount(url, { username })), username };
}

describe("row 16: a limit on one way in holds on every other (Keycloak CVE-2026-16103)", () => {
  test.each(waysIn)("failures by $name count for all", async ({ enter }) => {
    await using server = await startGatehouse({ environment });
    const account = await registerWithUsername(server.url);
    for (let failure = 0; failure < 5; failure++) {
      expect(await enter(server.url, { ...account, password: "wrong password" })).toBe("INVALID_CREDENTIALS");
    }
    for (const { name, enter: enterBy } of waysIn) {
      expect([name, await enterBy(server.url, account)]).toEqual([name, "TOO_MANY_REQUESTS"]);
    }
  });

  test("failures that alternate between the ways count together", async () => {
    await using server = await startGatehouse({ environment });
    const account = await registerWithUsername(server.url);
    const codes: (string | undefined)[] = [];
    for (const { enter } of waysIn) codes.push(await enter(server.url, { ...account, password: "wrong password" }));
    expect(codes).toEqual(waysIn.map((_, index) => (index < 5 ? "INVALID_CREDENTIALS" : "TOO_MANY_REQUESTS")));
  });

  test("an unknown account is refused alike, in every notation", async () => {
    await using server = await startGatehouse({ environment });
    expect(await failLogins(server.url, "nobody@example.com", 6)).toEqual([401, 401, 401, 401, 401, 429]);
    expect(await failLogins(server.url, "NOBODY@EXAMPLE.COM", 1)).toEqual([429]);
    expect(await failLogins(server.url, "nobody-else@example.com", 1)).toEqual([401]);
  });

  test("waits grow with each failure, and end with the right password", async () => {
    await using server = await startGatehouse({ environment });
    const account = await registerWithUsername(server.url);
    await failLogins(server.url, account.email, 5);
    for (const wait of [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900]) {
      const body = { identifier: account.email, password: "wrong password" };
      const refused = await rest(server.url, "/v1/auth/login", { body });
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, String(wait)]);
      server.clock.advance(wait);
      expect(await failLogins(server.url, account.username, 1)).toEqual([401]);
    }
    server.clock.advance(900);
    const [enter] = waysIn;
    expect(await enter?.enter(server.url, account)).toBeUndefined();
    expect(await failLogins(server.url, account.email, 6)).toEqual([401, 401, 401, 401, 401, 429]);
  });
});
