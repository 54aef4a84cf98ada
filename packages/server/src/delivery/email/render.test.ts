import { describe, expect, test } from "vitest";
import type { Mail } from "./mail.ts";
import { renderMail } from "./render.ts";
import { sampleMails } from "./sample-mails.ts";

const acme = { productName: "Acme" };
const everyMail = ["en", "es"].flatMap((locale) =>
  sampleMails(locale).map((mail) => [mail.template, locale, mail] as const),
);

function newSignIn(changes: Partial<Extract<Mail, { template: "new-sign-in" }>> = {}): Mail {
  const at = new Date("2026-03-29T23:30:00Z");
  const where = { ip: "192.0.2.1", device: "Firefox" };
  return { to: "ada@example.com", locale: "en", name: "Ada", template: "new-sign-in", at, ...where, ...changes };
}

describe.each(everyMail)("%s in %s", (_template, locale, mail) => {
  const { subject, html, text } = renderMail(acme, mail);

  test("has a subject of one line, and says the same as HTML and as text", () => {
    expect(subject).toMatch(/^[^\p{Cc}]{10,90}$/u);
    expect(html).toContain(`<html lang="${locale}"`);
    expect(html).toContain(`<title>${subject}</title>`);
    const urls = [...text.matchAll(/https:\S+/g)].map(([url]) => url);
    for (const url of urls) expect(html).toContain(`href="${url}"`);
  });

  test("fills every placeholder, loads nothing and links only to this product", () => {
    expect(`${html}${text}${subject}`).not.toMatch(/\{\{|\}\}|undefined|null|\[object/);
    expect(html).not.toMatch(/<script|<img|<link|@import|\burl\(|\bon\w+=/i);
    const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, href]) => href);
    for (const href of links) expect(href).toMatch(/^https:\/\/accounts\.example\.com\//);
  });
});

describe("a mail's language", () => {
  test.each([
    ["es-MX", "Hola, Ada:"],
    ["ES", "Hola, Ada:"],
    ["en-GB", "Hello Ada,"],
    ["de-AT", "Hello Ada,"],
    ["estonian", "Hello Ada,"],
  ])("for the locale %s starts with %s", (locale, greeting) => {
    expect(renderMail(acme, newSignIn({ locale })).text).toContain(greeting);
  });

  test.each([
    ["en-US", "March 29, 2026 at 11:30 PM UTC"],
    ["en-GB", "29 March 2026 at 23:30 UTC"],
    ["es-ES", "29 de marzo de 2026 a las 23:30 UTC"],
    ["de", "March 29, 2026 at 11:30 PM UTC"],
  ])("for the locale %s writes a moment as %s", (locale, moment) => {
    // Some versions of ICU put a narrow space between the time and AM or PM.
    expect(renderMail(acme, newSignIn({ locale })).text.replaceAll(/\s/g, " ")).toContain(moment);
  });
});

describe("text that strangers wrote", () => {
  test("does not become HTML or a placeholder of the layout", () => {
    const device = `<img src=x onerror="alert(1)"> & 'quotes' {{url}}`;
    const { html } = renderMail(acme, newSignIn({ device }));
    expect(html).toContain("&lt;img src=x onerror=&quot;alert(1)&quot;&gt; &amp; &#39;quotes&#39; {{url}}");
    expect(html).not.toContain("<img");
  });

  test("is one line that is not too long", () => {
    const { text } = renderMail(acme, newSignIn({ device: `A\r\nIP address: 127.0.0.1\u2028${"x".repeat(500)}` }));
    expect(text).toMatch(/^Device: A IP address: 127\.0\.0\.1 x{50,120}…$/m);
  });

  test("is one line in the name of an API key too, which somebody else may have made", () => {
    const at = new Date("2026-03-29T23:30:00Z");
    const to = { to: "ada@example.com", locale: "en", name: "Ada" };
    const keyName = "Export\u2028Key begins with: gatehouse_000000\u202e";
    const { text } = renderMail(acme, { ...to, template: "api-key-created", at, keyName, prefix: "gatehouse_4fGk2Q" });
    expect(text).toMatch(/^Name: Export Key begins with: gatehouse_000000$/m);
    expect(text).toMatch(/^Key begins with: gatehouse_4fGk2Q$/m);
  });

  const linksByOtherStops = ["\u3002", "\uff0e", "\uff61", "\u2024", "\ufe52", "\u00b7", "\ua4f8", "\u06d4"].map(
    (stop) => `evil${stop}com`,
  );

  test.each([
    "Win at https://evil.example",
    "evil.example",
    "a@evil.example",
    "a\uff20evil",
    "a\ufe6bevil",
    ...linksByOtherStops,
    "evil.\u0440\u0444",
    "evil\u2044path",
    "evil\uff0fpath",
    "evil[.]com",
    "evil\u00adcom",
    "\u202emoc live",
    "evil\ud800",
    "call +1 900 5551234",
    "call \u0661\u0662\u0663",
    "call \u2460\u2461\u2462",
    "<b>Ada</b>",
    "Ada\nGo",
    "Ada  Go",
    "",
    " ",
    "\u0301",
    "Ada, your account is locked",
    "Your account is locked Reply with your password",
    "x".repeat(41),
    "\u{fdfa}".repeat(5),
  ])("does not greet by a name such as %j", (name) => {
    const { html, text } = renderMail(acme, newSignIn({ name }));
    expect(text).toContain("\n\nHello,\n\n");
    expect(html).not.toContain("evil");
  });

  test.each([
    "Ada",
    "José",
    "José María",
    "María de los Ángeles",
    "María del Carmen",
    "O'Connor",
    "O’Neil",
    "Anne-Marie",
    "Nguyễn Văn A",
    "Nguyễn Văn A".normalize("NFD"),
    "Zoë",
    "Łukasz",
    "Åse",
    "Søren",
    "İbrahim",
    "Ναταλία",
    "Юлия",
    "محمد",
    "שָׂרָה",
    "प्रिया",
    "สมชาย",
    "김민준",
    "李",
    "田中 太郎",
    "ハナコ",
    "佐々木 健",
    "Kaʻiulani",
  ])("greets %s by name", (name) => {
    expect(renderMail(acme, newSignIn({ name })).text).toContain(`Hello ${name.normalize("NFKC")},`);
  });

  test("a greeting uses the form of the name that was checked", () => {
    expect(renderMail(acme, newSignIn({ name: "Ａｄａ\u3000太郎" })).text).toContain("Hello Ada 太郎,");
  });
});

test("a duration is in the largest unit that fits", () => {
  const mail = {
    to: "a@example.com",
    locale: "es",
    name: null,
    template: "magic-link",
    url: "https://x.example",
  } as const;
  const textOf = (validForMinutes: number) => renderMail(acme, { ...mail, validForMinutes }).text;
  expect([15, 60, 90, 1440, 4320].map((minutes) => /plazo de (.+?)\./.exec(textOf(minutes))?.[1])).toEqual([
    "15 minutos",
    "1 hora",
    "90 minutos",
    "1 día",
    "3 días",
  ]);
});
