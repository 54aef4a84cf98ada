import { describe, expect, test } from "vitest";
import { loadConfig } from "../config.ts";

const key = Buffer.from(Array.from({ length: 32 }, (_, byte) => byte)).toString("base64");
const production = {
  NODE_ENV: "production",
  PUBLIC_URL: "https://accounts.example.com",
  DATABASE_URL: "postgres://localhost/gatehouse",
  ENCRYPTION_KEYS: `1:${key}`,
};
const development = { NODE_ENV: "development", ENCRYPTION_KEYS: `1:${key}` };
const smtp = { SMTP_URL: "smtp://smtp.example.com", MAIL_FROM: "accounts@example.com" };
const twilio = {
  TWILIO_ACCOUNT_SID: `AC${"0".repeat(32)}`,
  TWILIO_AUTH_TOKEN: "0123456789abcdef",
  TWILIO_FROM: "+15005550006",
};

describe("mail", () => {
  test("goes to the outbox in development and test, and nowhere in production and staging without a server", () => {
    expect(loadConfig(development).mail.kind).toBe("outbox");
    expect(loadConfig({ ...development, NODE_ENV: "test" }).mail.kind).toBe("outbox");
    expect(loadConfig(production).mail.kind).toBe("none");
    expect(loadConfig({ ...production, NODE_ENV: "staging" }).mail.kind).toBe("none");
    for (const environment of [development, production]) {
      expect(loadConfig({ ...environment, ...smtp }).mail.kind).toBe("smtp");
    }
  });

  test("is sent over TLS unless the server is this machine or the operator turns it off", () => {
    const requiresTls = (changes: Record<string, string>) => {
      const { mail } = loadConfig({ ...production, ...smtp, ...changes });
      return mail.kind === "smtp" && mail.requireTls;
    };
    expect(requiresTls({})).toBe(true);
    expect(requiresTls({ SMTP_STARTTLS: "off" })).toBe(false);
    expect(requiresTls({ SMTP_URL: "smtp://127.0.0.1:1025" })).toBe(false);
    expect(requiresTls({ SMTP_URL: "smtp://localhost:1025", SMTP_STARTTLS: "required" })).toBe(true);
    expect(requiresTls({ SMTP_URL: "smtp://localhost.example.com" })).toBe(true);
  });

  test.each([
    ["accounts@example.com", { name: "Gatehouse", address: "accounts@example.com" }],
    ["Acme Inc. <accounts@example.com>", { name: "Acme Inc.", address: "accounts@example.com" }],
  ])("is sent by %s", (from, expected) => {
    expect(loadConfig({ ...production, ...smtp, MAIL_FROM: from }).mail).toMatchObject({ from: expected });
  });

  test("needs a sender", () => {
    expect(() => loadConfig({ ...production, SMTP_URL: smtp.SMTP_URL })).toThrow(/MAIL_FROM: required with SMTP_URL/);
  });
});

describe("text messages", () => {
  test("go to the outbox, to Twilio, or in production nowhere", () => {
    expect(loadConfig(development).sms.kind).toBe("outbox");
    expect(loadConfig(production).sms.kind).toBe("none");
    expect(loadConfig({ ...production, ...twilio }).sms).toMatchObject({
      kind: "twilio",
      baseUrl: "https://api.twilio.com",
    });
  });

  test.each(Object.keys(twilio))("need %s once Twilio is configured", (name) => {
    expect(() => loadConfig({ ...development, ...twilio, [name]: "" })).toThrow(`${name}: required with`);
  });
});
