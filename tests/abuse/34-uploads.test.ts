import { once } from "node:events";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test } from "vitest";
import { pageOrigin, signInWithCookies } from "../support/cookies.ts";
import { defaultSettings } from "../support/default-settings.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { imageOf } from "../support/images.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const mebibyte = 1024 * 1024;
const maxBytes = 5 * mebibyte;

/** The two addresses to which a picture can be sent. */
const addresses = [
  { name: "REST", method: "PUT", path: "/v1/users/me/avatar" },
  { name: "RPC", method: "POST", path: "/rpc/user.setAvatar" },
] as const;

type Address = (typeof addresses)[number];
type Headers = Readonly<Record<string, string>>;
type Body = string | Uint8Array<ArrayBuffer> | FormData | ReadableStream;

const bytes = { "content-type": "application/octet-stream" };

async function send(url: string, { method, path }: Address, headers: Headers, body: Body) {
  const response = await fetch(new URL(path, url), { method, headers, body, duplex: "half" });
  const answer = await response.text();
  return { status: response.status, code: /"code":"([A-Z_]+)"/.exec(answer)?.[1], answer };
}

const bearer = ({ accessToken }: Account) => ({ authorization: `Bearer ${accessToken}` });

const image = async () => new Uint8Array(await imageOf());

async function avatarUrlOf(
  { url }: Pick<TestGatehouse, "url">,
  { accessToken: token }: Account,
): Promise<string | null> {
  return (await rest(url, "/v1/users/me", { token })).body.avatarUrl;
}

const script = "<html><script>alert(document.cookie)</script></html>";

describe("row 34: uploads", () => {
  const shared = shareGatehouse({ environment: { LIMIT_UPLOADS_PER_USER: "0" } });

  test.each([
    [
      "an SVG with a script",
      '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    ],
    ["a page", script],
    ["a program", "#!/bin/sh\nrm -rf /"],
    ["a GIF", "GIF89a\u0001\u0000\u0001\u0000"],
    ["a PDF", "%PDF-1.7"],
    ["a BMP", `BM${"\u0000".repeat(60)}`],
    ["an MVG that reads a file", "push graphic-context\nimage over 0,0 0,0 '/etc/passwd'"],
    ["nothing after a signature", "\u00ff\u00d8\u00ff"],
  ])("%s is refused, whatever type it claims", async (_what, content) => {
    const server = shared();
    const ada = await registerAccount(server.url);
    for (const type of ["image/png", "image/jpeg", "image/webp", "application/octet-stream"]) {
      const headers = { ...bearer(ada), "content-type": type };
      const { code } = await send(server.url, addresses[0], headers, Buffer.from(content, "latin1"));
      expect([type, code]).toEqual([type, "PICTURE_INVALID"]);
    }
    expect(await avatarUrlOf(server, ada)).toBeNull();
  });

  test.each(["image/svg+xml", "text/html", "application/json", "application/x-www-form-urlencoded", ""])(
    "the type %j is no type of a picture",
    async (type) => {
      const server = shared();
      const ada = await registerAccount(server.url);
      for (const address of addresses) {
        const headers = { ...bearer(ada), "content-type": type };
        const { status, code, answer } = await send(server.url, address, headers, await image());
        expect([address.name, status, code]).toEqual([address.name, 415, "UNSUPPORTED_MEDIA_TYPE"]);
        expect(answer).toMatch(type === "" ? /a file with its own media type/ : /Send one of: .*octet-stream/);
      }
    },
  );

  test("what is hidden behind or within an image is not in the picture that is shown", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const jpeg = await imageOf({ format: "jpeg" });
    const comment = Buffer.concat([Buffer.from([0xff, 0xfe, 0, script.length + 2]), Buffer.from(script)]);
    for (const polyglot of [
      Buffer.concat([await imageOf(), Buffer.from(script)]),
      Buffer.concat([await imageOf({ format: "webp" }), Buffer.from(`PK\u0003\u0004${script}`)]),
      Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]),
    ]) {
      const { status } = await send(server.url, addresses[0], { ...bearer(ada), ...bytes }, new Uint8Array(polyglot));
      expect(status).toBe(200);
      const shown = await fetch((await avatarUrlOf(server, ada))?.replace(pageOrigin, server.url) ?? "");
      expect(Buffer.from(await shown.bytes()).toString("latin1")).not.toMatch(/script|PK/);
      expect(shown.headers.get("content-type")).toBe("image/webp");
      expect(shown.headers.get("content-security-policy")).toContain("default-src 'none'");
    }
  });

  test.each(addresses)(
    "100 MB are refused over $name before they are read, with or without a length",
    async (address) => {
      const server = shared();
      const ada = await registerAccount(server.url);
      let sent = 0;
      const endless = new ReadableStream({
        pull(controller) {
          if (sent > 100 * mebibyte) return controller.close();
          sent += mebibyte;
          return controller.enqueue(new Uint8Array(mebibyte));
        },
      });
      const headers = { ...bearer(ada), ...bytes };
      // A refusal may reach the client as a closed connection, since it is still sending.
      const refusal = send(server.url, address, headers, endless).catch(() => ({ code: "PAYLOAD_TOO_LARGE" }));
      expect((await refusal).code).toBe("PAYLOAD_TOO_LARGE");
      expect(sent).toBeLessThan(30 * mebibyte);
      expect(await headOf(server, address, { ...headers, "content-length": String(100 * mebibyte) })).toBe(413);
    },
  );

  test("one byte too many is too many, also within a form", async () => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const large = new Uint8Array(maxBytes + 1);
    const form = new FormData();
    form.append("file", new Blob([large]));
    expect((await send(server.url, addresses[0], { ...bearer(ada), ...bytes }, large)).code).toBe("PAYLOAD_TOO_LARGE");
    expect((await send(server.url, addresses[0], bearer(ada), form)).code).toBe("PAYLOAD_TOO_LARGE");
    const { code } = await send(server.url, addresses[0], { ...bearer(ada), ...bytes }, large.subarray(1));
    expect(code).toBe("PICTURE_INVALID");
  });

  test.each(addresses)("over $name a stranger is refused before the body has come", async (address) => {
    const server = shared();
    const headers = { ...bytes, "content-length": String(maxBytes) };
    expect(await headOf(server, address, headers)).toBe(401);
    expect(await headOf(server, address, { ...headers, authorization: "Bearer x" })).toBe(401);
  });

  test.each([
    ["without an end", '--x\r\ncontent-disposition: form-data; name="file"; filename="a"\r\n\r\nabc'],
    ["with headers that do not end", `--x\r\n${"a: b\r\n".repeat(10_000)}`],
    ["without a file", '--x\r\ncontent-disposition: form-data; name="file"\r\n\r\nabc\r\n--x--\r\n'],
    [
      "with thousands of fields",
      `${'--x\r\ncontent-disposition: form-data; name="a"\r\n\r\nb\r\n'.repeat(50_000)}--x--\r\n`,
    ],
    [
      "with thousands of files",
      `${'--x\r\ncontent-disposition: form-data; name="a"; filename="a"\r\n\r\nb\r\n'.repeat(50_000)}--x--\r\n`,
    ],
    ["of dashes", "-".repeat(4 * mebibyte)],
    ["of nothing", ""],
  ])("a form %s is refused in little time", async (_what, form) => {
    const server = shared();
    const ada = await registerAccount(server.url);
    const headers = { ...bearer(ada), "content-type": "multipart/form-data; boundary=x" };
    const startedAt = process.cpuUsage();
    const { code } = await send(server.url, addresses[0], headers, form);
    const { user, system } = process.cpuUsage(startedAt);
    expect(code).toBe("INVALID_BODY");
    expect((user + system) / 1e6).toBeLessThan(1.5);
  });

  test("a form from another site does not change the picture of a user with cookies", async () => {
    const server = shared();
    const { headers: own } = await signInWithCookies(server.url);
    const form = new FormData();
    form.append("file", new Blob([await image()]));
    for (const address of addresses) {
      for (const page of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: "http://evil.gatehouse.test" },
      ]) {
        const body = address.name === "REST" ? form : await image();
        const type = address.name === "REST" ? {} : bytes;
        const { status, code } = await send(server.url, address, { ...own, ...type, ...page }, body);
        expect([address.name, page.origin, status, code]).toEqual([
          address.name,
          page.origin,
          403,
          "ORIGIN_NOT_ALLOWED",
        ]);
      }
    }
    expect((await send(server.url, addresses[0], own, form)).status).toBe(200);
  });
});

/** Sends the head of a request and no body. Returns the status of the answer. */
async function headOf({ url }: TestGatehouse, { method, path }: Address, headers: Headers): Promise<number> {
  const { hostname, port } = new URL(url);
  using socket = connectTo(Number(port), hostname);
  await once(socket.connection, "connect");
  const lines = Object.entries({ host: hostname, ...headers }).map(([name, value]) => `${name}: ${value}`);
  socket.connection.write(`${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`);
  const [answer] = await once(socket.connection, "data");
  return Number(String(answer).split(" ")[1]);
}

function connectTo(port: number, hostname: string) {
  const connection = connect(port, hostname).on("error", () => undefined);
  return { connection, [Symbol.dispose]: () => connection.destroy() };
}

describe("row 34: many uploads at once", () => {
  test("a user has two at a time, and slow ones end with REQUEST_TIMEOUT_SECONDS and free their place", async () => {
    await using server = await startGatehouse({
      environment: { REQUEST_TIMEOUT_SECONDS: "5", ...defaultSettings("LIMIT_UPLOADS_PER_USER") },
    });
    const ada = await registerAccount(server.url);
    const headers = { ...bearer(ada), ...bytes };
    const third = await image();
    const { hostname, port } = new URL(server.url);
    const slow = Array.from({ length: 2 }, () => {
      const connection = connect(Number(port), hostname);
      const lines = Object.entries({ host: hostname, ...headers, "content-length": "100000" });
      const head = lines.map(([name, value]) => `${name}: ${value}`).join("\r\n");
      connection.write(`PUT /v1/users/me/avatar HTTP/1.1\r\n${head}\r\n\r\nabc`);
      return text(connection);
    });
    const { uploads } = server.gatehouse.deps.limits;
    await expect.poll(() => uploads.running, { timeout: 4500, interval: 20 }).toBe(2);
    const answer = async () => (await send(server.url, addresses[0], headers, third)).code;
    expect(await answer()).toBe("TOO_MANY_REQUESTS");
    expect((await Promise.all(slow)).map((closed) => closed.split(" ")[1])).toEqual(["408", "408"]);
    await expect.poll(() => uploads.running, { interval: 20 }).toBe(0);
    expect(await answer()).toBeUndefined();
  });

  test("a storm of uploads is refused beyond LIMIT_UPLOADS, and other calls are answered meanwhile", async () => {
    const environment = { LIMIT_UPLOADS: "2", LIMIT_UPLOADS_PER_USER: "0", LIMIT_PICTURES_PER_USER_PER_HOUR: "0" };
    await using server = await startGatehouse({ environment });
    const ada = await registerAccount(server.url);
    const large = new Uint8Array(await imageOf({ width: 3000, height: 2000 }));
    const storm = Array.from({ length: 40 }, () =>
      send(server.url, addresses[0], { ...bearer(ada), ...bytes }, large).catch(() => ({ status: 429 })),
    );
    const calls = Array.from({ length: 5 }, () => rest(server.url, "/v1/users/me", { token: ada.accessToken }));
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
    const statuses = (await Promise.all(storm)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200, 429]));
    expect((await send(server.url, addresses[0], { ...bearer(ada), ...bytes }, large)).status).toBe(200);
  });

  test("a user sets no more pictures in an hour than LIMIT_PICTURES_PER_USER_PER_HOUR, by whichever way", async () => {
    await using server = await startGatehouse({ environment: { LIMIT_PICTURES_PER_USER_PER_HOUR: "2" } });
    const ada = await registerAccount(server.url);
    const headers = { ...bearer(ada), ...bytes };
    const codes: unknown[] = [];
    for (const address of [...addresses, ...addresses])
      codes.push((await send(server.url, address, headers, await image())).code);
    expect(codes).toEqual([undefined, undefined, "TOO_MANY_REQUESTS", "TOO_MANY_REQUESTS"]);
  });
});
