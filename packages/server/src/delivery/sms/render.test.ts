import { expect, test } from "vitest";
import { renderSms } from "./render.ts";

const sms = { to: "+34600000001", template: "phone-code", code: "042137", validForMinutes: 10 } as const;

test("the code of a registration says what it is for, in one part", () => {
  const ofRegistration = { ...sms, template: "registration-code" } as const;
  const english = renderSms({ productName: "Acme" }, { ...ofRegistration, locale: "en" });
  const spanish = renderSms({ productName: "Acme" }, { ...ofRegistration, locale: "es" });
  expect(english).toBe(
    "Acme: 042137 is your code to create an account. It works for 10 minutes. Do not share it with anybody.",
  );
  expect(spanish).toBe(
    "Acme: 042137 es tu clave para crear una cuenta. Funciona durante 10 minutos. No la compartas con nadie.",
  );
  for (const text of [english, spanish]) expect(text).toMatch(/^[\x20-\x5f\x61-\x7a]{1,160}$/);
});

test("the code of a recovery says what it is for, in one part of the GSM alphabet", () => {
  const [english, spanish] = (["en", "es"] as const).map((locale) =>
    renderSms({ productName: "Acme" }, { ...sms, template: "recovery-code", locale }),
  );
  expect(english).toBe(
    "Acme: 042137 is your code to choose another password. It works for 10 minutes. Do not share it with anybody.",
  );
  expect(spanish).toBe(
    "Acme: 042137 es tu clave para elegir otra contraseña. Funciona durante 10 minutos. No la compartas con nadie.",
  );
  for (const text of [english, spanish]) expect(text).toMatch(/^[\x20-\x5f\x61-\x7añ]{1,160}$/);
});

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
