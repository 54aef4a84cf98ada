import { describe, expect, test } from "vitest";
import { isAddressRange, isPublicAddress, isWithin } from "./address.ts";

describe("an address counts as inside", () => {
  test.each([
    ["loopback", "127.0.0.1"],
    ["loopback, another of its block", "127.9.9.9"],
    ["unspecified", "0.0.0.0"],
    ["this network", "0.1.2.3"],
    ["private 10/8", "10.1.2.3"],
    ["private 172.16/12", "172.31.255.255"],
    ["private 192.168/16", "192.168.0.1"],
    ["shared, behind a carrier's NAT", "100.64.0.1"],
    ["link-local, with a cloud's metadata", "169.254.169.254"],
    ["IETF protocols", "192.0.0.8"],
    ["benchmarking", "198.18.0.1"],
    ["documentation", "203.0.113.7"],
    ["multicast", "224.0.0.251"],
    ["reserved", "240.0.0.1"],
    ["broadcast", "255.255.255.255"],
    ["IPv6 loopback", "::1"],
    ["IPv6 unspecified", "::"],
    ["IPv4-mapped", "::ffff:127.0.0.1"],
    ["IPv4-mapped in hexadecimal", "::ffff:7f00:1"],
    ["IPv4-mapped, though public", "::ffff:8.8.8.8"],
    ["IPv4-compatible", "::127.0.0.1"],
    ["IPv4-translated", "::ffff:0:10.0.0.1"],
    ["NAT64", "64:ff9b::a00:1"],
    ["NAT64 for local use", "64:ff9b:1::a00:1"],
    ["6to4", "2002:7f00:1::"],
    ["Teredo", "2001:0:7f00:1::"],
    ["unique local", "fd00::1"],
    ["link-local", "fe80::1"],
    ["site-local", "fec0::1"],
    ["IPv6 multicast", "ff02::1"],
    ["discard", "100::1"],
    ["IPv6 documentation", "2001:db8::1"],
    ["unassigned", "4000::1"],
    ["no address", "example.com"],
    ["no address, though inet_aton takes it", "0x7f.1"],
  ])("%s: %s", (_kind, address) => {
    expect(isPublicAddress(address)).toBe(false);
  });
});

test.each(["8.8.8.8", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450:4001:830::200e"])(
  "%s counts as public",
  (address) => {
    expect(isPublicAddress(address)).toBe(true);
  },
);

test("a range contains its own addresses only, and those of its own version", () => {
  expect(isWithin("10.20.1.1", ["10.20.0.0/16"])).toBe(true);
  expect(isWithin("10.21.0.1", ["10.20.0.0/16"])).toBe(false);
  expect(isWithin("127.0.0.1", ["127.0.0.1"])).toBe(true);
  expect(isWithin("127.0.0.2", ["127.0.0.1"])).toBe(false);
  expect(isWithin("::ffff:127.0.0.1", ["127.0.0.1"])).toBe(false);
  expect(isWithin("fd00::5", ["fd00::/8", "10.0.0.0/8"])).toBe(true);
});

test.each(["", "10.0.0.0/33", "fd00::/129", "10.0.0.0/8/8", "example.com", "0x7f.1", "10.1/16", "10.0.0.0/"])(
  "%j is no range",
  (range) => {
    expect(isAddressRange(range)).toBe(false);
  },
);
