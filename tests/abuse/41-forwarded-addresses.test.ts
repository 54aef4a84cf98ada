import { describe, expect, test, vi } from "vitest";
import { postgresUnreachable } from "../support/database.ts";
import { defaultSettings } from "../support/default-settings.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { login } from "../support/logins.ts";
import { patience } from "../support/patience.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** Starts a server that trusts these proxies, for the tests of the `describe` that calls this. */
function shareReader(trustedProxies: string) {
  const lines: string[] = [];
  const environment = { TRUSTED_PROXIES: trustedProxies, JOBS: "off" };
  const server = shareGatehouse({ environment, onLog: (line) => lines.push(line) });
  const addressesInLog = () =>
    lines
      .map((line) => JSON.parse(line))
      .filter(({ msg }) => msg === "request")
      .map(({ ip }) => ip);
  const addressesOfSessions = async () =>
    ((await server().database?.query("select ip from session order by id")) ?? []).map(({ ip }) => ip);
  /** The address that the session and the log remember of a registration with each of these headers. */
  return async (headers: readonly string[]) => {
    const before = (await addressesOfSessions()).length;
    for (const header of headers) {
      const body = { email: `${crypto.randomUUID()}@example.com`, password: "correct horse battery" };
      const sent = { body, headers: { "x-forwarded-for": header } };
      expect((await rest(server().url, "/v1/auth/register", sent)).status).toBe(201);
    }
    const addresses = await addressesOfSessions();
    // A request is logged once its answer is sent.
    await vi.waitFor(() => expect(addressesInLog()).toEqual(addresses), patience);
    return addresses.slice(before);
  };
}

/** The status of a sign-in from each of these addresses, always at another account. */
async function loginFrom(url: string, addresses: readonly string[]): Promise<readonly number[]> {
  const statuses: number[] = [];
  for (const address of addresses) {
    const body = { identifier: crypto.randomUUID(), password: "guess" };
    statuses.push((await login(url, body, { "x-forwarded-for": address })).status);
  }
  return statuses;
}

const times = <T>(count: number, value: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => value(index));

describe.skipIf(postgresUnreachable)("row 41: X-Forwarded-For with more than plain addresses", () => {
  const seenBehindLoopback = shareReader("loopback");
  const seenBehindProxies = shareReader("loopback,10.0.0.0/8");

  test("a port, brackets and a zone do not change the address", async () => {
    const headers = [
      "203.0.113.9",
      "203.0.113.9:443",
      " 203.0.113.9:51234 ",
      "198.51.100.66, 203.0.113.9:1",
      "::ffff:203.0.113.9",
      "[::ffff:cb00:7109]:443",
      "::FFFF:203.0.113.9%eth0",
    ];
    expect(await seenBehindLoopback(headers)).toEqual(headers.map(() => "203.0.113.9"));
    const ipv6 = ["2001:db8::1", "[2001:DB8::1]", "[2001:db8:0:0:0:0:0:1]:443", "2001:0db8::0001%eth0"];
    expect(await seenBehindLoopback(ipv6)).toEqual(ipv6.map(() => "2001:db8::1"));
  });

  test("an entry that is no address counts as the proxy that wrote it", async () => {
    const texts = [
      "unknown",
      "_hidden",
      "",
      " ",
      ",",
      "203.0.113.9,",
      "203.0.113.9, unknown",
      "203.0.113.9 198.51.100.1",
      "203.0.113",
      "203.0.113.9:",
      "203.0.113.9:123456",
      "0x7f.1",
      "203.0.113.09",
      "[203.0.113.9]",
      "[2001:db8::1",
      "2001:db8::1]:443",
      "2001:db8:0:0:0:0:0:1:443",
      "for=203.0.113.9",
      "user@203.0.113.9",
      "localhost",
      "<script>alert(1)</script>",
      "9".repeat(5000),
    ];
    expect(await seenBehindLoopback(texts)).toEqual(texts.map(() => "127.0.0.1"));
  });

  test("among several proxies, it counts as the one that wrote it", async () => {
    const chains = ["203.0.113.9, unknown, 10.1.2.3", "203.0.113.9, unknown, 10.1.2.3:443, 10.9.9.9"];
    expect(await seenBehindProxies(chains)).toEqual(["10.1.2.3", "10.1.2.3"]);
  });

  test("a trusted proxy is recognised by its address, with any port", async () => {
    const chain = "198.51.100.66, 203.0.113.9:5000, [::ffff:10.1.2.3]:443, 10.1.2.4:80";
    expect(await seenBehindProxies([chain])).toEqual(["203.0.113.9"]);
  });

  test("a list of thousands is followed for a few proxies only", async () => {
    const chain = `203.0.113.9,${"10.0.0.1,".repeat(1500)}10.0.0.2`;
    expect(await seenBehindProxies([chain])).toEqual(["10.0.0.1"]);
  });

  test("another port or other text does not renew a limit", async () => {
    const environment = { LIMIT_LOGINS_PER_IP_PER_MINUTE: "2", TRUSTED_PROXIES: "loopback" };
    await using server = await startGatehouse({ environment });
    const sameClient = ["203.0.113.1:1", "203.0.113.1:2", "203.0.113.1", "[::ffff:203.0.113.1]:3"];
    expect(await loginFrom(server.url, sameClient)).toEqual([401, 401, 429, 429]);
    expect(await loginFrom(server.url, ["a", "b", "c", "unknown"])).toEqual([401, 401, 429, 429]);
  });
});

describe("row 41: many networks of one attacker", () => {
  const environment = {
    TRUSTED_PROXIES: "loopback",
    LIMIT_LOGINS_PER_IP_PER_MINUTE: "2",
    LIMIT_ADDRESSES_PER_IPV4_24: "3",
    LIMIT_NETWORKS_PER_IPV6_48: "3",
  };

  const shared = shareGatehouse({ environment: { ...environment, JOBS: "off" } });

  test("a /48 gets the budget of a fixed number of its /64s, and the next /48 has its own", async () => {
    const server = shared();
    const networks = times(8, (index) => `2001:db8:1:${index.toString(16)}::1`);
    expect(await loginFrom(server.url, networks)).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    expect(await loginFrom(server.url, ["2001:db8:2::1"])).toEqual([401]);
    server.clock.advance(61);
    expect(await loginFrom(server.url, networks.slice(0, 1))).toEqual([401]);
  });

  test("a /24 gets the budget of a fixed number of its addresses, and the next /24 has its own", async () => {
    const server = shared();
    const addresses = times(8, (index) => `203.0.113.${index}`);
    expect(await loginFrom(server.url, addresses)).toEqual([401, 401, 401, 401, 401, 401, 429, 429]);
    expect(await loginFrom(server.url, ["203.0.114.1"])).toEqual([401]);
  });

  test("an address that is refused does not use up the budget of its network", async () => {
    const server = shared();
    expect(
      await loginFrom(
        server.url,
        times(20, () => "198.51.100.1"),
      ),
    ).toContain(429);
    expect(await loginFrom(server.url, ["198.51.100.2", "198.51.100.3", "198.51.100.4"])).toEqual([401, 401, 401]);
  });

  test.each([
    ["LIMIT_REGISTRATIONS_PER_IP_PER_HOUR", "/v1/auth/register", { password: "correct horse battery" }],
    ["LIMIT_RECOVERIES_PER_IP_PER_HOUR", "/v1/auth/password/forgot", {}],
    ["LIMIT_RECOVERIES_PER_IP_PER_HOUR", "/v1/auth/magic-link", {}],
    ["LIMIT_MAILS_PER_IP_PER_HOUR", "/v1/auth/password/forgot", {}],
  ])("%s holds for a /48 at %s", async (setting, path, fields) => {
    const settings = { ...environment, LIMIT_LOGINS_PER_IP_PER_MINUTE: "0", [setting]: "1", JOBS: "off" };
    await using server = await startGatehouse({ environment: settings });
    const statuses: number[] = [];
    for (const index of times(4, (network) => network)) {
      const body = { email: `${crypto.randomUUID()}@example.com`, ...fields };
      const headers = { "x-forwarded-for": `2001:db8:1:${index}::1` };
      statuses.push((await rest(server.url, path, { body, headers })).status);
    }
    expect(statuses.map((status) => status === 429)).toEqual([false, false, false, true]);
  });

  test("failed sign-ins from a /48 wait together, and successful ones are not counted", async () => {
    const settings = { ...environment, LIMIT_LOGINS_PER_IP_PER_MINUTE: "0", LIMIT_LOGIN_FAILURES_PER_IP: "1" };
    await using server = await startGatehouse({ environment: settings });
    const { email: identifier, password } = await registerAccount(server.url);
    for (const index of times(10, (network) => network)) {
      const headers = { "x-forwarded-for": `2001:db8:1:${index}::1` };
      expect((await login(server.url, { identifier, password }, headers)).status).toBe(200);
    }
    const networks = times(5, (index) => `2001:db8:1:${index}::1`);
    expect(await loginFrom(server.url, networks)).toEqual([401, 401, 401, 429, 429]);
  });

  test("the defaults leave room for a large office: thirty-two at once from one /24", async () => {
    const defaults = defaultSettings("LIMIT_LOGINS_PER_IP_PER_MINUTE", "LIMIT_ADDRESSES_PER_IPV4_24");
    await using server = await startGatehouse({ environment: { TRUSTED_PROXIES: "loopback", ...defaults } });
    const statuses = await loginFrom(
      server.url,
      times(64, (index) => `203.0.113.${index}`),
    );
    expect(new Set(statuses)).toEqual(new Set([401]));
  });
});
