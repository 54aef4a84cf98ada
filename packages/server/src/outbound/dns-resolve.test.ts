import { createSocket } from "node:dgram";
import { once } from "node:events";
import { expect, test } from "vitest";
import { createDnsResolve } from "./dns-resolve.ts";

/** The types of records with addresses (RFC 1035, RFC 3596). */
const [a, aaaa] = [1, 28];

/** The addresses of a host by type of record; `undefined`: there is no such host. */
type Found = Readonly<Record<number, readonly Uint8Array[]>> | undefined;

/** Starts a DNS server on this machine. */
async function startDns(find: (host: string) => Found | Promise<Found>) {
  const socket = createSocket("udp4");
  let queries = 0;
  socket.on("message", async (query, { port, address }) => {
    queries += 1;
    const { host, type, end } = questionOf(query);
    const found = await find(host);
    const records = found?.[type] ?? [];
    const header = Buffer.from(query.subarray(0, 12));
    header.writeUInt16BE(found === undefined ? 0x8183 : 0x8180, 2);
    header.writeUInt16BE(records.length, 6);
    header.writeUInt32BE(0, 8);
    const answer = [header, query.subarray(12, end), ...records.map((data) => recordOf(type, data))];
    socket.send(Buffer.concat(answer), port, address);
  });
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return {
    address: `127.0.0.1:${socket.address().port}`,
    queries: () => queries,
    [Symbol.dispose]: () => socket.close(),
  };
}

function questionOf(query: Buffer) {
  const labels: string[] = [];
  let at = 12;
  for (let length = query.readUInt8(at); length > 0; length = query.readUInt8(at)) {
    labels.push(query.toString("latin1", at + 1, at + 1 + length));
    at += 1 + length;
  }
  // Resolvers vary the letters (draft-vixie-dnsext-dns0x20).
  return { host: labels.join(".").toLowerCase(), type: query.readUInt16BE(at + 1), end: at + 5 };
}

/** A record of the host of the question, for a minute. */
function recordOf(type: number, data: Uint8Array): Buffer {
  const fields = Buffer.alloc(12);
  fields.writeUInt16BE(0xc00c, 0);
  fields.writeUInt16BE(type, 2);
  fields.writeUInt16BE(1, 4);
  fields.writeUInt32BE(60, 6);
  fields.writeUInt16BE(data.length, 10);
  return Buffer.concat([fields, data]);
}

const ten = Buffer.from([10, 0, 0, 1]);
const loopback6 = Buffer.from("00000000000000000000000000000001", "hex");

test("a host has all its addresses, of one version or both", async () => {
  const zone = new Map([
    ["both.test", { [a]: [ten], [aaaa]: [loopback6] }],
    ["four.test", { [a]: [ten] }],
    ["six.test", { [aaaa]: [loopback6] }],
  ]);
  using dns = await startDns((host) => zone.get(host));
  const resolve = createDnsResolve([dns.address]);
  expect(await resolve("both.test")).toEqual(["10.0.0.1", "::1"]);
  expect(await resolve("four.test")).toEqual(["10.0.0.1"]);
  expect(await resolve("six.test")).toEqual(["::1"]);
  await expect(resolve("none.test")).rejects.toThrow(/ENOTFOUND/);
});

test("any number of hosts are asked about at once, so that none waits for those of a slow DNS server", async () => {
  const names = Array.from({ length: 50 }, (_, index) => `slow-${index}.test`);
  const asked = new Set<string>();
  const allAsked = Promise.withResolvers<void>();
  using dns = await startDns(async (host) => {
    asked.add(host);
    if (asked.size === names.length) allAsked.resolve();
    await allAsked.promise;
    return { [a]: [ten] };
  });
  const found = await Promise.all(names.map(createDnsResolve([dns.address])));
  expect(found).toEqual(names.map(() => ["10.0.0.1"]));
});

test("a host without a dot is left to the operating system", async () => {
  using dns = await startDns(() => undefined);
  const addresses = await createDnsResolve([dns.address])("localhost");
  expect(addresses.length).toBeGreaterThan(0);
  expect(addresses.every((address) => /^(127\.|::1$)/.test(address))).toBe(true);
  expect(dns.queries()).toBe(0);
});
