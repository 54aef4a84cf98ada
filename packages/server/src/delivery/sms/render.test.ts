import { expect, test } from "vitest";
import { renderSms } from "./render.ts";

const sms = { to: "+34600000001", template: "phone-code", code: "042137", validForMinutes: 10 } as const;

test.each([
  ["en-GB", "Acme: 042137 is your code. It works for 10 minutes. Do not share it with anybody."],
  ["es-MX", "Acme: 042137 es tu clave. Funciona durante 10 minutos. No la compartas con nadie."],
  ["de", "Acme: 042137 is your code. It works for 10 minutes. Do not share it with anybody."],
])("a code is sent in the language of %s, in one part", (locale, expected) => {
  const text = renderSms({ productName: "Acme" }, { ...sms, locale });
  expect(text).toBe(expected);
  // 160 characters of the GSM alphabet are one part; any other character would leave room for 70.
  expect(text).toMatch(/^[\x20-\x5f\x61-\x7a]{1,160}$/);
});
