import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { OutboundRules } from "./destination.ts";
import { KeptConnections } from "./kept-connections.ts";
import { createOutbound, OutboundError } from "./outbound.ts";

const inside: OutboundRules = { allowsHttp: true, ports: "any", inside: ["127.0.0.1"] };
const strict: OutboundRules = { allowsHttp: false, ports: [443], inside: [] };

const certificates = new URL("../delivery/email/testing/", import.meta.url);
const cert = readFileSync(new URL("test-only-certificate.pem", certificates), "utf8");
const key = readFileSync(new URL("test-only-key.pem", certificates), "utf8");

/** A real server of this machine, which counts the connections that it gets. */
async function startServer(listener: RequestListener, { isSecure = false } = {}) {
  const server = isSecure ? createSecureServer({ cert, key }, listener) : createServer(listener);
  let connections = 0;
  server.on("connection", () => {
    connections += 1;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    countConnections: () => connections,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const never = new AbortController().signal;
const post = (url: string) => ({ url: new URL(url), method: "POST" as const, headers: {}, signal: never });

async function failureOf(sending: Promise<unknown>): Promise<OutboundError> {
  const failed = await sending.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failed instanceof OutboundError) return failed;
  throw new Error("The request was sent", { cause: failed });
}

describe("the address of a host", () => {
  test("is checked at each request: a host that comes to resolve to inside is refused from then on", async () => {
    await using server = await startServer((_request, response) => response.end());
    const answers = [["127.0.0.1"], ["169.254.169.254"]];
    const outbound = createOutbound({ rules: inside, resolve: async () => answers.shift() ?? [] });
    const url = `http://rebound.example:${server.port}/`;
    expect((await outbound.send(post(url))).status).toBe(200);
    const { failure, message } = await failureOf(outbound.send(post(url)));
    expect(failure).toBe("refused");
    expect(message).not.toContain("169.254");
    expect(server.countConnections()).toBe(1);
  });

  test("is pinned: the request goes to the address that was checked, whatever the system would resolve", async () => {
    const hosts: (string | undefined)[] = [];
    await using server = await startServer(({ headers }, response) => {
      hosts.push(headers.host);
      response.end();
    });
    let lookups = 0;
    const resolve = async () => {
      lookups += 1;
      return ["127.0.0.1"];
    };
    const outbound = createOutbound({ rules: inside, resolve });
    await outbound.send(post(`http://nowhere.invalid:${server.port}/`));
    expect(hosts).toEqual([`nowhere.invalid:${server.port}`]);
    expect(lookups).toBe(1);
  });

  test("is refused if only one of several is inside", async () => {
    await using server = await startServer((_request, response) => response.end());
    const resolve = async () => ["127.0.0.1", "10.0.0.1"];
    const outbound = createOutbound({ rules: inside, resolve });
    expect((await failureOf(outbound.send(post(`http://both.example:${server.port}/`)))).failure).toBe("refused");
    expect(server.countConnections()).toBe(0);
  });

  test("may be missing", async () => {
    const none = createOutbound({ rules: inside, resolve: async () => [] });
    const failing = createOutbound({ rules: inside, resolve: () => Promise.reject(new Error("no such host")) });
    for (const outbound of [none, failing]) {
      expect((await failureOf(outbound.send(post("http://gone.example/")))).failure).toBe("unresolved");
    }
  });

  test("is looked up by the system: localhost is inside", async () => {
    const outbound = createOutbound({ rules: strict });
    expect((await failureOf(outbound.send(post("https://localhost/")))).failure).toBe("refused");
  });
});

describe("a kept connection", () => {
  test("serves later requests to the host, and leads to no address inside that the host comes to have", async () => {
    await using server = await startServer((_request, response) => response.end("hello"));
    const connections = new KeptConnections(5);
    const answers = [["127.0.0.1"], ["127.0.0.1"], ["169.254.169.254"]];
    const outbound = createOutbound({ rules: inside, resolve: async () => answers.shift() ?? [], connections });
    const url = `http://kept.example:${server.port}/`;
    expect((await outbound.send(post(url))).body.toString()).toBe("hello");
    expect((await outbound.send(post(url))).body.toString()).toBe("hello");
    expect(server.countConnections()).toBe(1);
    expect((await failureOf(outbound.send(post(url)))).failure).toBe("refused");
    connections.close();
  });

  test("is one of TLS if the host is, whose certificate is verified", async () => {
    const trusted = getCACertificates("default");
    setDefaultCACertificates([...trusted, cert]);
    await using server = await startServer((_request, response) => response.end("hello"), { isSecure: true });
    const connections = new KeptConnections(5);
    const outbound = createOutbound({ rules: inside, resolve: async () => ["127.0.0.1"], connections });
    for (let count = 0; count < 3; count++) {
      expect((await outbound.send(post(`https://localhost:${server.port}/`))).status).toBe(200);
    }
    expect(server.countConnections()).toBe(1);
    expect((await failureOf(outbound.send(post(`https://other.example:${server.port}/`)))).message).toMatch(/ALTNAME/);
    connections.close();
    setDefaultCACertificates(trusted);
  });

  test("is not shared by hosts", async () => {
    const hosts: (string | undefined)[] = [];
    await using server = await startServer(({ headers }, response) => {
      hosts.push(headers.host);
      response.end();
    });
    const connections = new KeptConnections(5);
    const outbound = createOutbound({ rules: inside, resolve: async () => ["127.0.0.1"], connections });
    await outbound.send(post(`http://one.example:${server.port}/`));
    await outbound.send(post(`http://another.example:${server.port}/`));
    expect(hosts).toEqual([`one.example:${server.port}`, `another.example:${server.port}`]);
    expect(server.countConnections()).toBe(2);
    connections.close();
  });
});

describe("over https the certificate", () => {
  /** Sends over https to a host that resolves to this machine, whose certificate is for localhost. */
  async function sendTo(host: string) {
    await using server = await startServer((_request, response) => response.end("hello"), { isSecure: true });
    const outbound = createOutbound({ rules: inside, resolve: async () => ["127.0.0.1"] });
    return await outbound.send(post(`https://${host}:${server.port}/`));
  }

  test("must be trusted", async () => {
    const trusted = getCACertificates("default");
    setDefaultCACertificates(trusted.filter((each) => each !== cert));
    expect((await failureOf(sendTo("localhost"))).message).toMatch(/SELF_SIGNED/);
    setDefaultCACertificates([...trusted, cert]);
    expect((await sendTo("localhost")).body.toString()).toBe("hello");
    setDefaultCACertificates(trusted);
  });

  test("must be that of the host, although the connection is pinned to an address", async () => {
    const trusted = getCACertificates("default");
    setDefaultCACertificates([...trusted, cert]);
    expect((await failureOf(sendTo("other.example"))).message).toMatch(/ALTNAME/);
    setDefaultCACertificates(trusted);
  });
});

describe("an address is refused before it is called", () => {
  test.each([
    ["plain http", "http://example.com/"],
    ["another scheme", "ftp://example.com/"],
    ["a file", "file:///etc/passwd"],
    ["a user", "https://ada@example.com/"],
    ["a user and a password", "https://ada:secret@example.com/"],
    ["another port", "https://example.com:8443/"],
    ["a port of another protocol", "https://example.com:25/"],
    ["loopback", "https://127.0.0.1/"],
    ["loopback as one number", "https://2130706433/"],
    ["loopback in octal", "https://0177.0.0.1/"],
    ["loopback in hexadecimal", "https://0x7f000001/"],
    ["loopback in full-width digits", "https://１２７.0.0.1/"],
    ["IPv6", "https://[::1]/"],
    ["IPv4 in IPv6", "https://[::ffff:10.0.0.1]/"],
    ["link-local", "https://[fe80::1]/"],
    ["a cloud's metadata", "https://169.254.169.254/latest/meta-data"],
  ])("with %s: %s", async (_what, url) => {
    const outbound = createOutbound({ rules: strict, resolve: async () => ["93.184.215.14"] });
    expect(outbound.refuse(new URL(url))).toMatch(/^Must /);
    expect((await failureOf(outbound.send(post(url)))).failure).toBe("refused");
  });

  test("unless the rules name it", () => {
    const { refuse } = createOutbound({ rules: { allowsHttp: true, ports: [80, 8443], inside: ["10.0.0.0/8"] } });
    expect(refuse(new URL("http://10.1.1.1/"))).toBeUndefined();
    expect(refuse(new URL("https://10.1.1.1:8443/"))).toBeUndefined();
    expect(refuse(new URL("https://10.1.1.1/"))).toMatch(/ports/);
    expect(refuse(new URL("http://192.168.0.1/"))).toMatch(/inside/);
  });

  test("for any IPv4 address inside, however a URL writes it", () => {
    const { refuse } = createOutbound({ rules: strict });
    const octet = fc.integer({ min: 0, max: 255 });
    const address = fc.tuple(fc.constantFrom(10, 127, 0, 224, 255), octet, octet, octet);
    const write = fc.constantFrom<(parts: readonly number[]) => string>(
      (parts) => parts.join("."),
      (parts) => parts.map((part) => `0x${part.toString(16)}`).join("."),
      (parts) => parts.map((part) => `0${part.toString(8)}`).join("."),
      (parts) => String(parts.reduce((sum, part) => sum * 256 + part, 0)),
      (parts) => `[::ffff:${parts.join(".")}]`,
    );
    fc.assert(
      fc.property(address, write, (parts, form) => {
        expect(refuse(new URL(`https://${form(parts)}/`))).toMatch(/inside/);
      }),
    );
  });
});

describe("a response", () => {
  test("that redirects is not followed", async () => {
    await using target = await startServer((_request, response) => response.end());
    const location = `http://127.0.0.1:${target.port}/`;
    await using server = await startServer((_request, response) => response.writeHead(307, { location }).end());
    const { status } = await createOutbound({ rules: inside }).send(post(`http://127.0.0.1:${server.port}/`));
    expect(status).toBe(307);
    expect(target.countConnections()).toBe(0);
  });

  test("without an end is cut off", async () => {
    await using server = await startServer((_request, response) => {
      const write = () => {
        while (response.writable && response.write("x".repeat(10_000)));
      };
      response.on("drain", write);
      write();
    });
    const request = { ...post(`http://127.0.0.1:${server.port}/`), maxResponseBytes: 100 };
    const { body } = await createOutbound({ rules: inside }).send(request);
    expect(body.toString()).toBe("x".repeat(100));
  });

  test.each([
    ["that does not begin", () => undefined],
    ["that does not end", (_request, response) => response.write("x")],
  ] satisfies readonly (readonly [string, RequestListener])[])(
    "%s takes no longer than the limit",
    async (_name, listener) => {
      await using server = await startServer(listener);
      const outbound = createOutbound({ rules: inside, timeoutMillis: 100 });
      const { failure } = await failureOf(outbound.send(post(`http://127.0.0.1:${server.port}/`)));
      expect(failure).toBe("timeout");
    },
  );

  test("of a resolver that hangs takes no longer either", async () => {
    const resolve = () => new Promise<never>(() => undefined);
    const outbound = createOutbound({ rules: inside, resolve, timeoutMillis: 100 });
    expect((await failureOf(outbound.send(post("http://slow.example/")))).failure).toBe("timeout");
  });

  test("is given up when the caller stops", async () => {
    const stopping = new AbortController();
    await using server = await startServer(() => stopping.abort());
    const request = { ...post(`http://127.0.0.1:${server.port}/`), signal: stopping.signal };
    expect((await failureOf(createOutbound({ rules: inside }).send(request))).failure).toBe("aborted");
  });

  test("that is none names the kind of failure and no address", async () => {
    const server = await startServer(() => undefined);
    await server[Symbol.asyncDispose]();
    const { failure, message } = await failureOf(
      createOutbound({ rules: inside }).send(post(`http://127.0.0.1:${server.port}/`)),
    );
    expect([failure, message]).toEqual(["unreachable", "The connection failed (ECONNREFUSED)"]);
  });

  test("of what speaks no HTTP is a failure", async () => {
    await using server = await startServer((request) => request.socket.end("220 mail.example.com ESMTP\r\n"));
    const sending = createOutbound({ rules: inside }).send(post(`http://127.0.0.1:${server.port}/`));
    expect((await failureOf(sending)).failure).toBe("unreachable");
  });

  test("that switches protocols ends the request", async () => {
    await using server = await startServer((request) => {
      request.socket.write("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n");
    });
    const { status, body } = await createOutbound({ rules: inside }).send(post(`http://127.0.0.1:${server.port}/`));
    expect([status, body.length]).toEqual([101, 0]);
  });
});
