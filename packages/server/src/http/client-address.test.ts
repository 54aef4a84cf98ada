import { isIP } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createClientAddress } from "./client-address.ts";
import { networkOf, wideNetworkOf } from "./network.ts";

const behindProxies = createClientAddress(["10.0.0.0/8"]);

const from = (remoteAddress: string | undefined, header?: string) =>
  behindProxies({ socket: { remoteAddress }, headers: header === undefined ? {} : { "x-forwarded-for": header } });

test("any header gives an address in one normal form", () => {
  const entry = fc.oneof(
    fc.string(),
    fc.ipV4(),
    fc.ipV6(),
    fc.ipV4().map((ip) => `${ip}:80`),
    fc.ipV6().map((ip) => `[${ip}]:80`),
    fc.ipV4().map((ip) => `::ffff:${ip}`),
    fc.constantFrom("unknown", "10.0.0.9", ""),
  );
  const header = fc.array(entry, { maxLength: 50 }).map((entries) => entries.join(","));
  fc.assert(
    fc.property(header, (text) => {
      const address = from("10.0.0.1", text);
      expect(isIP(address)).not.toBe(0);
      expect(from(address)).toBe(address);
      expect(from("10.0.0.1", address)).toBe(address);
    }),
  );
});

test("every notation of an IPv6 address gives the same address", () => {
  fc.assert(
    fc.property(fc.ipV6(), fc.integer({ min: 0, max: 65_535 }), (ip, port) => {
      const address = from(ip);
      for (const text of [ip, ip.toUpperCase(), `[${ip}]`, `[${ip}]:${port}`])
        expect(from("10.0.0.1", text)).toBe(address);
    }),
  );
});

test("headers of an untrusted proxy are ignored, and a closed connection has no address", () => {
  expect(from("203.0.113.1", "198.51.100.1")).toBe("203.0.113.1");
  expect(from("::ffff:203.0.113.1", "198.51.100.1")).toBe("203.0.113.1");
  expect(from("::ffff:10.0.0.1", "198.51.100.1")).toBe("198.51.100.1");
  expect(from(undefined, "198.51.100.1")).toBe("0.0.0.0");
});

test("an address belongs to a network and a wider network, in each family", () => {
  expect(networkOf("2001:db8:1:2:3::4")).toBe("2001:db8:1:2::");
  expect(wideNetworkOf("2001:db8:1:2:3::4")).toEqual({ name: "2001:db8:1::/48", family: "ipv6" });
  expect(wideNetworkOf("203.0.113.9")).toEqual({ name: "203.0.113.0/24", family: "ipv4" });
  expect(wideNetworkOf("::ffff:203.0.113.9")).toEqual({ name: "203.0.113.0/24", family: "ipv4" });
});
