import { randomBytes } from "node:crypto";
import { request } from "node:http";
import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { outboxLink } from "@gatehouse/server";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";

/** An address of this machine that others reach it by; it is called from this machine alone. */
const ownAddress = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === "IPv4")?.address;

type Headers = Readonly<Record<string, string>>;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** By `node:http`, since `fetch` lets nobody choose the `Host`. */
function get(url: URL, headers: Headers): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.on("end", () => {
        const { statusCode: status = 0, headers: answered } = response;
        resolve({ status, headers: answered, body: Buffer.concat(chunks).toString() });
      });
    });
    sent.on("error", reject).end();
  });
}

const secret = "https://gatehouse.test/account/reset-password#token=a-secret";

/** The status that a request is answered with which is written as it stands. */
function sendRaw(url: string, lines: string): Promise<number> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.setEncoding("latin1").on("data", (text: string) => (answer += text));
    socket.on("error", reject).on("close", () => resolve(Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1])));
    socket.write(`${lines}\r\nConnection: close\r\n\r\n`, "latin1");
  });
}

const acceptHtml = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
const encodings = "gzip, deflate, br, zstd";

/** As recorded of the programs, on a page that is opened by a link of the page before. */
const chromium: Headers = {
  connection: "keep-alive",
  "cache-control": "max-age=0",
  "sec-ch-ua": '"Chromium";v="139", "Not;A=Brand";v="99"',
  "sec-ch-ua-mobile": "?0",
  "sec-ch-ua-platform": '"Linux"',
  "upgrade-insecure-requests": "1",
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36",
  accept: acceptHtml,
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "navigate",
  "sec-fetch-user": "?1",
  "sec-fetch-dest": "document",
  referer: "http://localhost:3000/dev/outbox",
  "accept-encoding": encodings,
  "accept-language": "en-US,en;q=0.9",
  cookie: "theme=dark",
};
const firefox: Headers = {
  "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
  accept: acceptHtml,
  "accept-language": "en-US,en;q=0.5",
  "accept-encoding": encodings,
  dnt: "1",
  "sec-gpc": "1",
  connection: "keep-alive",
  "upgrade-insecure-requests": "1",
  "sec-fetch-dest": "document",
  "sec-fetch-mode": "navigate",
  "sec-fetch-site": "none",
  "sec-fetch-user": "?1",
  priority: "u=0, i",
  pragma: "no-cache",
  "cache-control": "no-cache",
  te: "trailers",
};
const safari: Headers = {
  "upgrade-insecure-requests": "1",
  accept: acceptHtml,
  "user-agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.0 Safari/605.1.15",
  "accept-language": "en-GB,en;q=0.9",
  "accept-encoding": "gzip, deflate",
  "if-none-match": "x",
  connection: "keep-alive",
};

/** A server as in a container, with a mail in its outbox, and the ways to reach it. */
async function openScene(environment: Headers = {}) {
  const lines: string[] = [];
  const server = await startGatehouse({
    environment: { HOST: "0.0.0.0", JOBS: "off", ...environment },
    onLog: (line) => lines.push(line),
  });
  const id = crypto.randomUUID();
  const mail = { id, to: "ada@example.com", template: "reset-password", subject: secret, html: secret, text: secret };
  await server.gatehouse.deps.mailSender.send(mail, new AbortController().signal);
  const { port } = new URL(server.url);
  const pages = ["/dev/outbox", `/dev/outbox/${id}`, `/dev/outbox/${id}/html`];
  return {
    server,
    pages,
    lines,
    at: (address: string, path: string, headers: Headers = {}) =>
      get(new URL(path, `http://${address}:${port}`), headers),
    /** As if the connection came from this address. */
    from: (remoteAddress: string, path: string, headers: Headers = {}) =>
      server.gatehouse.http.inject({
        method: "GET",
        url: path,
        headers: { host: "localhost", ...headers },
        remoteAddress,
      }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

let opened: Awaited<ReturnType<typeof openScene>> | undefined;
beforeAll(async () => {
  opened = await openScene();
});
afterAll(async () => await opened?.[Symbol.asyncDispose]());

/** The scene with the default settings. */
function shared() {
  if (opened === undefined) throw new Error("The scene is there once the tests run");
  return opened;
}

const tokenOf = ({ gatehouse }: TestGatehouse) =>
  new URL(outboxLink(gatehouse.deps, "http://localhost") ?? "").searchParams.get("token") ?? "";

/** What a request can say of itself, and no connection proves. */
const claims: readonly Headers[] = [
  { host: "localhost" },
  { host: "127.0.0.1:3000" },
  { host: "[::1]" },
  { host: "gatehouse.test" },
  { host: "localhost", "x-forwarded-for": "127.0.0.1" },
  { host: "localhost", "x-forwarded-host": "localhost", "x-real-ip": "::1", forwarded: "for=127.0.0.1;host=localhost" },
  { host: "localhost", origin: "http://localhost:3000", referer: "http://localhost:3000/dev/outbox" },
  { host: "localhost", cookie: "gatehouse-outbox=" },
  { host: "localhost", cookie: "gatehouse-outbox=guessed" },
];

describe.skipIf(ownAddress === undefined)("row 42: a server that listens on all addresses", () => {
  test("hides its outbox from connections to any address but loopback, whatever their headers say", async () => {
    const scene = shared();
    for (const path of scene.pages) {
      for (const headers of claims) {
        const { status, body } = await scene.at(String(ownAddress), path, headers);
        expect([path, headers, status]).toEqual([path, headers, 404]);
        expect(body).not.toContain("a-secret");
      }
      for (const query of ["?token=", "?token=guessed", "?token[]=x", "?token=x&token=y", "?token=__proto__"]) {
        expect((await scene.at(String(ownAddress), `${path}${query}`, { host: "localhost" })).status).toBe(404);
      }
    }
  });

  test("shows it to a browser on its own machine", async () => {
    const scene = shared();
    for (const path of scene.pages) {
      const { status, body } = await scene.at("127.0.0.1", path, { host: "localhost" });
      expect([path, status]).toEqual([path, 200]);
      expect(body).toContain("a-secret");
    }
  });

  test("shows it to a browser that opens the link printed at the start, page by page, and to no other", async () => {
    const scene = shared();
    const link = new URL(outboxLink(scene.server.gatehouse.deps, `http://${ownAddress}`) ?? "");
    const first = await scene.at(String(ownAddress), `${link.pathname}${link.search}`);
    expect([first.status, first.headers["location"]]).toEqual([303, "/dev/outbox"]);
    const [setCookie = ""] = first.headers["set-cookie"] ?? [];
    expect(setCookie).toMatch(/^gatehouse-outbox=[\w-]{43}; Path=\/dev\/outbox; HttpOnly; SameSite=Lax$/);
    const cookie = `theme=dark; ${setCookie.split(";", 1)[0]}`;
    for (const path of scene.pages) {
      const { status, body } = await scene.at(String(ownAddress), path, { cookie });
      expect([path, status]).toEqual([path, 200]);
      expect(body).toContain("a-secret");
      expect(body).not.toContain(tokenOf(scene.server));
      expect((await scene.at(String(ownAddress), path)).status).toBe(404);
    }
  });
});

describe("row 42: the outbox", () => {
  test("opens to a connection from loopback, and from no other address without the token", async () => {
    const scene = shared();
    const statusesFrom = async (address: string, query = "") => {
      const answers = scene.pages.map((path) => scene.from(address, `${path}${query}`));
      return (await Promise.all(answers)).map(({ statusCode }) => statusCode);
    };
    for (const address of ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"]) {
      expect([address, await statusesFrom(address)]).toEqual([address, [200, 200, 200]]);
    }
    for (const address of [
      "10.0.0.1",
      "172.17.0.1",
      "::ffff:192.168.1.7",
      "fe80::1",
      "fd00::1",
      "2001:db8::1",
      "0.0.0.0",
    ]) {
      expect([address, await statusesFrom(address)]).toEqual([address, [404, 404, 404]]);
      const withToken = await statusesFrom(address, `?token=${tokenOf(scene.server)}`);
      expect([address, withToken]).toEqual([address, [303, 303, 303]]);
    }
  });

  test("does not open through a proxy on this machine that adds its headers", async () => {
    const scene = shared();
    const additions: readonly Headers[] = [
      { "x-forwarded-for": "203.0.113.7" },
      { "x-forwarded-for": "127.0.0.1" },
      { "x-forwarded-proto": "https" },
      { forwarded: "for=203.0.113.7" },
      { "x-real-ip": "203.0.113.7" },
      { via: "1.1 proxy" },
      { "cf-connecting-ip": "203.0.113.7" },
    ];
    for (const headers of additions) {
      for (const path of scene.pages) {
        expect([headers, (await scene.from("127.0.0.1", path, headers)).statusCode]).toEqual([headers, 404]);
      }
    }
  });

  test("does not open to a request with a header that browsers and curl do not send unasked", async () => {
    const scene = shared();
    const names = [
      "x-vercel-forwarded-for",
      "x-envoy-external-address",
      "x-azure-clientip",
      "x-proxyuser-ip",
      "x-cluster-client-ip",
      "fly-forwarded-port",
      "x-amzn-trace-id",
      "x-arr-ssl",
      "x_forwarded_for",
      "remote-addr",
      "proxy-connection",
      "cdn-loop",
      "tailscale-user-login",
      "ngrok-skip-browser-warning",
      "traceparent",
      "origin",
      "hostile",
      "not-accept",
    ];
    for (const name of names) {
      const headers = { [name]: "203.0.113.7" };
      const answers = scene.pages.map((path) => scene.from("127.0.0.1", path, headers));
      const statuses = (await Promise.all(answers)).map(({ statusCode }) => statusCode);
      expect([name, statuses]).toEqual([name, [404, 404, 404]]);
      const withToken = await scene.from("127.0.0.1", `/dev/outbox?token=${tokenOf(scene.server)}`, headers);
      expect([name, withToken.statusCode]).toEqual([name, 303]);
    }
  });

  test.each([
    ["Chromium", chromium],
    ["Firefox", firefox],
    ["Safari", safari],
    ["curl", { "user-agent": "curl/8.5.0", accept: "*/*" }],
    ["fetch of Node", { accept: "*/*", "accept-language": "*", "sec-fetch-mode": "cors", "user-agent": "node" }],
  ])("opens to what %s sends", async (_program, headers: Headers) => {
    const scene = shared();
    for (const path of scene.pages) expect((await scene.at("127.0.0.1", path, headers)).status).toBe(200);
  });

  test.each([
    "localhost\\evil.example",
    "x@localhost",
    "evil.example/@localhost",
    "evil.example#@localhost",
    "localhost:80@evil.example",
    "localhost.",
    "localhost%00.evil.example",
    "localhost.evil.example",
    "127.evil.example",
    "127.0.0.1.nip.io",
    "local\thost",
    "",
  ])("does not open under Host: %j", async (host) => {
    const scene = shared();
    for (const path of scene.pages) {
      const status = await sendRaw(scene.server.url, `GET ${path} HTTP/1.1\r\nHost: ${host}`);
      expect([400, 404]).toContain(status);
    }
  });

  test("does not open to a request with an absolute URL or without a Host (RFC 9112, 3.2.2)", async () => {
    const scene = shared();
    for (const path of scene.pages) {
      for (const origin of ["http://evil.example", "http://localhost", "HTTP://localhost", "https://localhost:3000"]) {
        const status = await sendRaw(scene.server.url, `GET ${origin}${path} HTTP/1.1\r\nHost: localhost`);
        expect([400, 404]).toContain(status);
      }
      expect(await sendRaw(scene.server.url, `GET ${path} HTTP/1.0`)).toBe(404);
    }
  });

  test("does not open through a silent trusted proxy on this machine, except with the token", async () => {
    await using scene = await openScene({ TRUSTED_PROXIES: "loopback" });
    for (const path of scene.pages) {
      expect((await scene.from("127.0.0.1", path)).statusCode).toBe(404);
      expect((await scene.from("127.0.0.1", path, { "x-forwarded-for": "127.0.0.1" })).statusCode).toBe(404);
      const cookie = `gatehouse-outbox=${tokenOf(scene.server)}`;
      expect((await scene.from("127.0.0.1", path, { cookie })).statusCode).toBe(200);
    }
  });

  test("does not open with the token of another server, which has other keys", async () => {
    const scene = shared();
    await using other = await openScene({ ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}` });
    expect(tokenOf(other.server)).not.toBe(tokenOf(scene.server));
    expect((await scene.from("10.0.0.1", `/dev/outbox?token=${tokenOf(other.server)}`)).statusCode).toBe(404);
  });

  test("keeps its token out of the log", async () => {
    const scene = shared();
    const token = tokenOf(scene.server);
    await scene.from("10.0.0.1", `/dev/outbox?token=${token}`);
    await scene.from("10.0.0.1", `/dev/outbox/unknown?token=${token}`, { cookie: `gatehouse-outbox=${token}` });
    await scene.from("10.0.0.1", `/nowhere?token=${token}`);
    expect(scene.lines.join("\n")).toContain("/dev/outbox");
    expect(scene.lines.join("\n")).not.toContain(token);
  });

  test("is the only thing that development serves and production does not", async () => {
    const routesIn = async (environment: Headers) => {
      await using server = await startGatehouse({ environment });
      const { http } = server.gatehouse;
      await http.ready();
      return http
        .printRoutes({ commonPrefix: false })
        .split("\n")
        .map((line) => line.replace(/^[^\w/*:]+/, ""));
    };
    const inProduction = await routesIn({ NODE_ENV: "production", PUBLIC_URL: "https://accounts.example.com" });
    for (const NODE_ENV of ["development", "test"]) {
      const additional = (await routesIn({ NODE_ENV })).filter((route) => !inProduction.includes(route));
      expect(additional.length).toBeGreaterThan(0);
      for (const route of additional) expect(route).toMatch(/^(\/?dev\/|\/?outbox|\/?:id|\/html|\* \(OPTIONS\))/);
    }
  });

  test.each(["production", "staging"])("has no link in %s", async (NODE_ENV) => {
    const environment = { NODE_ENV, PUBLIC_URL: "https://accounts.example.com" };
    await using server = await startGatehouse({ environment });
    expect(outboxLink(server.gatehouse.deps, server.url)).toBeUndefined();
  });
});

test("row 42: a request with two Host headers is refused, whatever it asks for (RFC 9112, 3.2)", async () => {
  const { server } = shared();
  for (const path of ["/dev/outbox", "/v1/ping", "/rpc/ping", "/health/live", "/nowhere"]) {
    for (const [first, second] of [
      ["localhost", "evil.example"],
      ["evil.example", "localhost"],
      ["localhost", "localhost"],
    ]) {
      const lines = `GET ${path} HTTP/1.1\r\nHost: ${first}\r\nhOST: ${second}`;
      expect([path, await sendRaw(server.url, lines)]).toEqual([path, 400]);
    }
  }
});
