import { setDefaultCACertificates } from "node:tls";
import { beforeAll, describe, expect, test } from "vitest";
import type { MailMessage } from "./mail-sender.ts";
import { createSmtpSender } from "./smtp-sender.ts";
import { startMailServer, trustTestCertificate } from "./testing/mail-server.ts";

beforeAll(trustTestCertificate);

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
    await createSmtpSender({ kind: "smtp", url: urlOf(server.port, scheme), requireTls: true, from }).send(message);
    const [mail] = server.received;
    expect(mail).toMatchObject({ recipients: ["ada@example.com"], isEncrypted: true, user: account.user });
    expect(mail?.source).toContain("From: Acme <accounts@acme.example>");
    expect(mail?.source).toContain("Auto-Submitted: auto-generated");
  });

  test("says by its Message-ID that it was sent before", async () => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send(message);
    await sender.send(message);
    const ids = server.received.map(({ source }) => /^Message-ID: (.+)$/im.exec(source)?.[1]);
    expect(ids).toEqual(Array(2).fill(`<${message.id}@acme.example>`));
  });

  test("goes to one address, however the address looks", async () => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send({ ...message, to: "o'neil+news@example.com" });
    expect(server.received[0]?.recipients).toEqual(["o'neil+news@example.com"]);
  });

  test.each([
    "a@example.com, b@example.com",
    "a@example.com\r\nBcc: b@example.com",
    "a@example.com>\r\nRCPT TO:<b@example.com",
  ])("goes to nobody else by the address %j", async (to) => {
    await using server = await startMailServer();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await sender.send({ ...message, to }).catch(() => undefined);
    const recipients = server.received.flatMap((mail) => mail.recipients);
    expect(recipients).not.toContain("b@example.com");
    expect(server.received.map(({ source }) => source).join()).not.toMatch(/^Bcc:/im);
  });
});

describe("a mail server that does not take the mail", () => {
  test("is not spoken to without TLS where that is required", async () => {
    await using server = await startMailServer({ tls: "none", account });
    const sender = createSmtpSender({ kind: "smtp", url: urlOf(server.port), requireTls: true, from });
    await expect(sender.send(message)).rejects.toMatchObject({ name: "JobFailure", isPermanent: false });
    expect(server.received).toEqual([]);
  });

  test("is not told the password where nobody vouches for its certificate", async () => {
    await using server = await startMailServer({ tls: "starttls", account });
    const sender = createSmtpSender({ kind: "smtp", url: urlOf(server.port), requireTls: true, from });
    setDefaultCACertificates([]);
    try {
      await expect(sender.send(message)).rejects.toMatchObject({ isPermanent: false, cause: { code: "ESOCKET" } });
    } finally {
      trustTestCertificate();
    }
  });

  test("is tried again where the password is wrong, which an operator mends", async () => {
    await using server = await startMailServer({ tls: "starttls", account });
    const url = urlOf(server.port, "smtp", { ...account, password: "wrong" });
    const sender = createSmtpSender({ kind: "smtp", url, requireTls: true, from });
    await expect(sender.send(message)).rejects.toMatchObject({ isPermanent: false });
  });

  test.each([
    [451, false],
    [550, true],
    [530, false],
  ])("with reply %i is final: %s", async (responseCode, isPermanent) => {
    await using server = await startMailServer({ refuse: () => ({ responseCode, message: "No" }) });
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await expect(sender.send(message)).rejects.toMatchObject({ name: "JobFailure", isPermanent });
  });

  test("is tried again where there is none", async () => {
    const server = await startMailServer();
    await server[Symbol.asyncDispose]();
    const sender = createSmtpSender({ kind: "smtp", url: `smtp://127.0.0.1:${server.port}`, requireTls: false, from });
    await expect(sender.send(message)).rejects.toMatchObject({ name: "JobFailure", isPermanent: false });
  });
});
