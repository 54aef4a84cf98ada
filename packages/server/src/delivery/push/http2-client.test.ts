import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, test, vi } from "vitest";
import { trustTestCertificate } from "../email/testing/mail-server.ts";
import { Http2Client, type Http2ClientOptions } from "./http2-client.ts";
import { Http2Failure } from "./http2-session.ts";
import { type ListenOptions, type Misbehaviour, type Reply, startHttp2Server } from "./testing/http2-server.ts";

/** Never aborted. */
const never = new AbortController().signal;

/** Ends a test that hangs, and no other. */
const patience = { timeout: 300_000 };

/** A server that records the paths that it processes, and answers by the function. */
async function serve(
  answer: (path: string) => Reply | Misbehaviour = () => ({ status: 200 }),
  options: ListenOptions = {},
) {
  const processed: string[] = [];
  const server = await startHttp2Server(({ path }) => {
    processed.push(path);
    return answer(path);
  }, options);
  return { ...server, processed };
}

function clientOf(origin: string, options: Partial<Http2ClientOptions> = {}) {
  const client = new Http2Client({ origin, timeoutMillis: 30_000, ...options });
  const post = (path: string, signal = never) =>
    client.request({ path, headers: { "x-test": "yes" }, body: "hello", signal }).catch((error: unknown) => {
      if (error instanceof Http2Failure) return error;
      throw error;
    });
  return { client, post, [Symbol.dispose]: () => client.close() };
}

const paths = (count: number) => Array.from({ length: count }, (_, index) => `/${index}`);

const kindsOf = (results: readonly unknown[]) =>
  results.map((result) => (result instanceof Http2Failure ? result.kind : "answered"));

describe("requests", () => {
  test("share one connection, many in flight, and each gets its own answer", async () => {
    await using server = await serve((path) => ({ status: 200, body: path, headers: { "retry-after": "7" } }));
    using http2 = clientOf(server.origin);
    const answers = await Promise.all(paths(500).map((path) => http2.post(path)));
    expect(answers).toEqual(paths(500).map((body) => ({ status: 200, retryAfter: "7", body })));
    expect(server.connections()).toBe(1);
    expect(server.maxInFlight()).toBeGreaterThan(100);
  });

  test("stay within what the peer allows; more connections carry the rest, up to a maximum", async () => {
    await using server = await serve(undefined, { maxConcurrentStreams: 10 });
    using http2 = clientOf(server.origin, { maxSessions: 3 });
    const answers = await Promise.all(paths(300).map((path) => http2.post(path)));
    expect(answers.every((answer) => "status" in answer && answer.status === 200)).toBe(true);
    expect(server.maxInFlight()).toBeLessThanOrEqual(10);
    expect(server.connections()).toBe(3);
  });

  test("go over TLS to a server whose certificate is trusted, and to no other", async () => {
    await using server = await serve(undefined, { isSecure: true });
    using first = clientOf(server.origin);
    expect(await first.post("/")).toMatchObject({ kind: "unreachable", message: expect.stringMatching(/SELF_SIGNED/) });
    const trusted = getCACertificates("default");
    trustTestCertificate();
    try {
      expect(await first.post("/")).toMatchObject({ status: 200 });
    } finally {
      setDefaultCACertificates(trusted);
    }
    expect(server.processed).toEqual(["/"]);
  });
});

describe("a GOAWAY", () => {
  test("of a peer that shuts down loses no request, and sends none twice", async () => {
    await using server = await serve(undefined, { goAwayAfter: 25 });
    using http2 = clientOf(server.origin);
    const answers = await Promise.all(paths(200).map((path) => http2.post(path)));
    expect(kindsOf(answers)).toEqual(paths(200).map(() => "answered"));
    expect(server.processed.toSorted()).toEqual(paths(200).toSorted());
    expect(server.connections()).toBeGreaterThanOrEqual(8);
  });

  test("with an error leaves in doubt what the peer may have processed, which is not sent again", async () => {
    let isAngry = true;
    await using server = await serve((path) => {
      if (path !== "/10" || !isAngry) return { status: 200 };
      isAngry = false;
      return "go-away-in-anger";
    });
    using http2 = clientOf(server.origin);
    const answers = await Promise.all(paths(50).map((path) => http2.post(path)));
    expect(kindsOf(answers)[10]).toBe("reset");
    // It has certainly not processed later ones, so these go over another connection.
    expect(kindsOf(answers).slice(11)).toEqual(Array(39).fill("answered"));
    expect(server.processed.filter((path) => path === "/10")).toHaveLength(1);
    expect(new Set(server.processed).size).toBe(server.processed.length);
    const answered = answers.flatMap((answer, index) => (answer instanceof Http2Failure ? [] : [`/${index}`]));
    for (const path of answered) expect(server.processed).toContain(path);
  });

  test("is followed by another connection for later requests", async () => {
    await using server = await serve(undefined, { goAwayAfter: 1 });
    using http2 = clientOf(server.origin);
    expect(kindsOf([await http2.post("/a"), await http2.post("/b"), await http2.post("/c")])).toEqual(
      Array(3).fill("answered"),
    );
    expect(server.connections()).toBe(3);
  });
});

describe("a request that the peer", () => {
  test("refuses unprocessed is sent again, a few times", async () => {
    let refusals = 2;
    await using server = await serve(() => (refusals-- > 0 ? "refuse" : { status: 200 }));
    using http2 = clientOf(server.origin);
    expect(await http2.post("/")).toMatchObject({ status: 200 });
    expect(server.processed).toHaveLength(3);

    await using stubborn = await serve(() => "refuse");
    using other = clientOf(stubborn.origin);
    expect(await other.post("/")).toMatchObject({ kind: "reset" });
  });

  test("resets is in doubt, and not sent again", async () => {
    await using server = await serve((path) => (path === "/reset" ? "reset" : { status: 200 }));
    using http2 = clientOf(server.origin);
    expect(kindsOf(await Promise.all([http2.post("/reset"), http2.post("/")]))).toEqual(["reset", "answered"]);
    expect(server.processed).toHaveLength(2);
  });

  test("drops with the connection is in doubt, and later ones go over another connection", async () => {
    await using server = await serve((path) => (path === "/" ? { status: 200 } : "hang-up"));
    using http2 = clientOf(server.origin);
    expect(await http2.post("/hang-up")).toMatchObject({ kind: "reset" });
    expect(await http2.post("/")).toMatchObject({ status: 200 });
    expect(server.processed).toEqual(["/hang-up", "/"]);
  });

  test("does not answer times out, and a PING tells a slow peer from a dead one", async () => {
    await using server = await serve((path) => (path === "/slow" ? "silence" : { status: 200 }));
    using http2 = clientOf(server.origin, { timeoutMillis: 300 });
    expect(await http2.post("/slow")).toMatchObject({ kind: "timeout", message: "no response within 300 ms" });
    await vi.waitFor(() => expect(server.pings()).toBe(1), patience);
    expect(http2.client.connections).toBe(1);

    // This peer greets, acknowledges nothing and answers nothing.
    await using dead = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume();
      socket.write(emptySettingsFrame);
    });
    await once(dead.listen(0, "127.0.0.1"), "listening");
    using other = clientOf(`http://127.0.0.1:${(dead.address() as AddressInfo).port}`, { timeoutMillis: 300 });
    expect(await other.post("/")).toMatchObject({ kind: "timeout" });
    expect(other.client.connections).toBe(1);
    await vi.waitFor(() => expect(other.client.connections).toBe(0), patience);
    dead.close();
  });
});

describe("a peer that cannot be reached", () => {
  test("fails all waiting requests with the reason", async () => {
    const server = await serve();
    await server[Symbol.asyncDispose]();
    using http2 = clientOf(server.origin);
    const answers = await Promise.all(paths(20).map((path) => http2.post(path)));
    expect(kindsOf(answers)).toEqual(Array(20).fill("unreachable"));
    expect(answers[0]).toMatchObject({ message: "cannot be reached (ECONNREFUSED)" });
  });

  test("because it does not greet in time is given up", async () => {
    await using mute = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume();
    });
    await once(mute.listen(0, "127.0.0.1"), "listening");
    using http2 = clientOf(`http://127.0.0.1:${(mute.address() as AddressInfo).port}`, { timeoutMillis: 200 });
    expect(await http2.post("/")).toMatchObject({ kind: "unreachable" });
  });

  test("because it does not speak HTTP/2 is given up", async () => {
    await using server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.resume();
      socket.end("HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n");
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    using http2 = clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    expect(await http2.post("/")).toMatchObject({ kind: "unreachable" });
  });
});

describe("aborted requests", () => {
  test("end at once, in flight or waiting, and leave those of others alone", async () => {
    const attempt = new AbortController();
    await using server = await serve((path) => (path === "/other" ? { status: 200 } : "silence"), {
      maxConcurrentStreams: 5,
    });
    using http2 = clientOf(server.origin, { maxSessions: 1 });
    const doomed = paths(20).map((path) => http2.post(path, attempt.signal));
    const other = http2.post("/other");
    await vi.waitFor(() => expect(server.processed).toHaveLength(5), patience);
    attempt.abort();
    expect(kindsOf(await Promise.all(doomed))).toEqual(Array(20).fill("aborted"));
    expect(await other).toMatchObject({ status: 200 });
    expect(server.processed).toHaveLength(6);
  });

  test("are not sent if they were aborted before", async () => {
    await using server = await serve();
    using http2 = clientOf(server.origin);
    expect(await http2.post("/", AbortSignal.abort())).toMatchObject({ kind: "aborted" });
    expect(server.connections()).toBe(0);
  });
});

test("an idle connection is closed, and another one opened when it is needed", async () => {
  await using server = await serve();
  using http2 = clientOf(server.origin, { idleMillis: 50 });
  await http2.post("/");
  await vi.waitFor(() => expect(http2.client.connections).toBe(0), patience);
  expect(await http2.post("/")).toMatchObject({ status: 200 });
  expect(server.connections()).toBe(2);
});

test("a closed client fails what is in flight, and takes no more", async () => {
  await using server = await serve(() => "silence");
  const { client, post } = clientOf(server.origin);
  const waiting = post("/");
  await vi.waitFor(() => expect(server.processed).toHaveLength(1), patience);
  client.close();
  expect(await waiting).toMatchObject({ kind: "reset" });
  expect(await post("/")).toMatchObject({ kind: "unreachable" });
});

/** A SETTINGS frame without settings (RFC 9113, 6.5). */
const emptySettingsFrame = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);
