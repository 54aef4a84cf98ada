import { describe, expect, test } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { rest } from "../support/rest.ts";

const forged = { "x-forwarded-for": "198.51.100.66", "x-real-ip": "198.51.100.66", forwarded: "for=198.51.100.66" };

/** Registers somebody with these headers; answers with the address that the session and the log remember. */
async function addressSeen(trustedProxies: string, headers: Readonly<Record<string, string>>) {
  const lines: string[] = [];
  const environment = { TRUSTED_PROXIES: trustedProxies };
  await using server = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
  const body = { email: "ada@example.com", password: "correct horse battery" };
  expect((await rest(server.url, "/v1/auth/register", { body, headers })).status).toBe(201);
  const [session] = (await server.database?.query("select ip from session")) ?? [];
  await server.gatehouse.close();
  const logged = lines.map((line) => JSON.parse(line)).find(({ msg }) => msg === "request");
  expect(logged.ip).toBe(session?.["ip"]);
  return session?.["ip"];
}

/** The status of a sign-in with each of these as X-Forwarded-For, always at another account. */
async function loginFrom(url: string, chains: readonly string[]): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const chain of chains) {
    const body = { identifier: crypto.randomUUID(), password: "guess" };
    statuses.push((await rest(url, "/v1/auth/login", { body, headers: { "x-forwarded-for": chain } })).status);
  }
  return statuses;
}

describe.skipIf(postgresUnreachable)("row 13: spoofed X-Forwarded-For", () => {
  test("without a trusted proxy, the address is the caller's own whatever the headers say", async () => {
    expect(await addressSeen("", forged)).toBe("127.0.0.1");
  });

  test("headers of a caller that is no trusted proxy are ignored, although trusted proxies exist", async () => {
    expect(await addressSeen("10.0.0.0/8,192.0.2.1", forged)).toBe("127.0.0.1");
  });

  test("behind a trusted proxy, the address is the last that no trusted proxy added", async () => {
    expect(await addressSeen("loopback", { "x-forwarded-for": "203.0.113.9" })).toBe("203.0.113.9");
    expect(await addressSeen("loopback", { "x-forwarded-for": "198.51.100.66, 203.0.113.9" })).toBe("203.0.113.9");
    const behindTwo = { "x-forwarded-for": "198.51.100.66, 203.0.113.9, 10.1.2.3" };
    expect(await addressSeen("loopback,10.0.0.0/8", behindTwo)).toBe("203.0.113.9");
  });

  test("without a trusted proxy, a forged address does not use another limit", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_LOGINS_PER_IP_PER_MINUTE: "3" } });
    expect(await loginFrom(server.url, ["203.0.113.1", "203.0.113.2", "203.0.113.3", "203.0.113.4"])).toEqual([
      401, 401, 401, 429,
    ]);
  });

  test("behind a trusted proxy, each client has its own limit, whatever it writes before its address", async () => {
    const environment = { LIMIT_LOGINS_PER_IP_PER_MINUTE: "2", TRUSTED_PROXIES: "loopback" };
    await using server = await startGatehouse({ environment });
    const client = ["198.51.100.1, 203.0.113.1", "198.51.100.2, 203.0.113.1", "198.51.100.3, 203.0.113.1"];
    expect(await loginFrom(server.url, client)).toEqual([401, 401, 429]);
    expect(await loginFrom(server.url, ["203.0.113.2"])).toEqual([401]);
  });

  test("all addresses of an IPv6 network count as one, and an IPv4-mapped address counts as its IPv4 address", async () => {
    const environment = { LIMIT_LOGINS_PER_IP_PER_MINUTE: "2", TRUSTED_PROXIES: "loopback" };
    await using server = await startGatehouse({ environment });
    const network = ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2", "2001:db8:1:2:3:4:5:6"];
    expect(await loginFrom(server.url, network)).toEqual([401, 401, 429]);
    expect(await loginFrom(server.url, ["2001:db8:1:3::1"])).toEqual([401]);
    const mapped = ["::ffff:203.0.113.9", "203.0.113.9", "::ffff:203.0.113.9", "::ffff:203.0.113.10"];
    expect(await loginFrom(server.url, mapped)).toEqual([401, 401, 429, 401]);
  });
});
