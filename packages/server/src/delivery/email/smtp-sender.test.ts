import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { setDefaultCACertificates } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import type { MailMessage } from "./mail-sender.ts";
import { createSmtpSender } from "./smtp-sender.ts";
import { startMailServer, trustTestCertificate } from "./testing/mail-server.ts";
import { startScriptedServer } from "./testing/scripted-server.ts";

beforeAll(trustTestCertificate);

/** Never aborted. */
const { signal } = new AbortController();

const message: MailMessage = {
  id: "5f0c6d52-3c0f-4b8a-9d0a-0a3b8b1f7a11",
  to: "ada@example.com",
  template: "password-changed",
  subject: "Tu contraseña",
  html: "<p>Hola</p>",
  text: "Hola",
};

const from = { name: "Acme", address: "accounts@acme.example" };

const account = { user: "mailer@acme.example", password: "p@ss:word/ñ" };

function urlOf(port: number, scheme = "smtp", credentials = account): string {
  return `${scheme}://${encodeURIComponent(credentials.user)}:${encodeURIComponent(credentials.password)}@127.0.0.1:${port}`;
}

describe("mail by SMTP", () => {
  test.each([
    ["starttls", "smtp"],
    ["from-the-start", "smtps"],
  ] as const)("arrives over TLS (%s) after signing in", async (tls, scheme) => {
    await using server = await startMailServer({ tls, account });
    await createSmtpSender({ kind: "smtp", url: urlOf(server.port, scheme), requireTls: true, from }).send(
      message,
      signal,
    );
    const [mail] = server.received;
    expect(mail).toMatchObject({ recipients: ["ada@example.com"], isEncrypted: true, user: account.user });
    expect(mail?.source).toContain("From: Acme <accounts@acme.example>");
    expect(mail?.source).toContain("Auto-Submitted: auto-generated");
  });

  test("repeats its Message-ID when it is sent again", async () => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send(message, signal);
    await sender.send(message, signal);
    const ids = server.received.map(({ source }) => /^Message-ID: (.+)$/im.exec(source)?.[1]);
    expect(ids).toEqual(Array(2).fill(`<${message.id}@acme.example>`));
  });

  test("goes to one address, whatever the address contains", async () => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send({ ...message, to: "o'neil+news@example.com" }, signal);
    expect(server.received[0]?.recipients).toEqual(["o'neil+news@example.com"]);
  });

  test.each([
    "a@example.com, b@example.com",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com>\r\nRCPT TO:<b@example.com",
  ])("goes to no other recipient for the address %j", async (to) => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send({ ...message, to }, signal).catch(() => undefined);
    const recipients = server.received.flatMap((mail) => mail.recipients);
    expect(recipients).not.toContain("b@example.com");
    expect(server.received.map(({ source }) => source).join()).not.toMatch(/^Bcc:/im);
  });
});

describe("a mail server that does not accept the mail", () => {
  test("gets no mail without TLS where TLS is required", async () => {
    await using server = await startMailServer({ tls: "none", account });
    const sender = createSmtpSender({ kind: "smtp", url: urlOf(server.port), requireTls: true, from });
    await expect(sender.send(message, signal)).rejects.toMatchObject({ name: "JobFailure", isPermanent: false });
    expect(server.received).toEqual([]);
  });

  test("does not get the password when its certificate is not trusted", async () => {
    await using server = await startMailServer({ tls: "starttls", account });
    const sender = createSmtpSender({ kind: "smtp", url: urlOf(server.port), requireTls: true, from });
    setDefaultCACertificates([]);
    try {
      await expect(sender.send(message, signal)).rejects.toMatchObject({
        isPermanent: false,
        message: "SMTP ESOCKET at CONN",
      });
    } finally {
      trustTestCertificate();
    }
  });

  test("is tried again after a wrong password, which an operator can correct", async () => {
    await using server = await startMailServer({ tls: "starttls", account });
    const url = urlOf(server.port, "smtp", { ...account, password: "wrong" });
    const sender = createSmtpSender({ kind: "smtp", url, requireTls: true, from });
    await expect(sender.send(message, signal)).rejects.toMatchObject({ isPermanent: false });
  });

  test.each([
    [451, false],
    [550, true],
    [530, false],
  ])("with reply %i is final: %s", async (responseCode, isPermanent) => {
    await using server = await startMailServer({ refuse: () => ({ responseCode, message: "No" }) });
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await expect(sender.send(message, signal)).rejects.toMatchObject({ name: "JobFailure", isPermanent });
  });

  test.each([
    ["MAIL", "553 5.1.8 <accounts@acme.example>: sender rejected", false, "SMTP 553 5.1.8 at MAIL FROM"],
    ["RCPT", "554 5.7.1 <ada@example.com>: client host blocked", false, "SMTP 554 5.7.1 at RCPT TO"],
    ["RCPT", "554 client host blocked", false, "SMTP 554 at RCPT TO"],
    ["RCPT", "550-5.1.1 The account ada@example.com\r\n550 5.1.1 is gone", true, "SMTP 550 5.1.1 at RCPT TO"],
    ["RCPT", "550 no ada@example.com", true, "SMTP 550 at RCPT TO"],
    ["RCPT", "nonsense about ada@example.com", false, "SMTP EENVELOPE at RCPT TO"],
    ["DATA", "554 5.6.0 ada@example.com", true, "SMTP 554 5.6.0 at DATA"],
  ])("to %s with %j is final: %s, and its words are not repeated", async (command, reply, isPermanent, expected) => {
    await using server = await startScriptedServer({ [command]: reply });
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    const failure = await sender.send(message, signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "JobFailure", isPermanent, message: expected, cause: undefined });
  });

  test("is not waited for once the attempt was aborted", async () => {
    const attempt = new AbortController();
    const closed = Promise.withResolvers<void>();
    // This server never sends its greeting.
    await using server = createServer((socket) => {
      socket.once("close", closed.resolve).resume();
      attempt.abort();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    // The server listens on a port, not on a pipe.
    const { port } = server.address() as AddressInfo;
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${port}`, requireTls: false, from });
    await expect(sender.send(message, attempt.signal)).rejects.toMatchObject({ message: "SMTP EABORT" });
    await closed.promise;
  });

  test("is tried again when nothing listens", async () => {
    const server = await startMailServer();
    await server[Symbol.asyncDispose]();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await expect(sender.send(message, signal)).rejects.toMatchObject({ name: "JobFailure", isPermanent: false });
  });
});
