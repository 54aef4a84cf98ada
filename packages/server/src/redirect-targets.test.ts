import { describe, expect, test } from "vitest";
import { allowedRedirects, loopbackRedirects, parseRedirect, withParameters } from "./redirect-targets.ts";

const rulesOf = (setting: string) => ({
  allowedRedirects: allowedRedirects.parse(setting),
  publicUrl: "https://accounts.example.com",
});

const isAllowed = (setting: string, address: string) => parseRedirect(rulesOf(setting), address) !== undefined;

describe("an entry of ALLOWED_REDIRECTS", () => {
  test.each([
    ["https://app.example.com/done", "https://app.example.com/done"],
    ["https://app.example.com/done", "https://app.example.com/done?next=%2Finbox&x=1"],
    ["https://app.example.com/auth/", "https://app.example.com/auth/"],
    ["https://app.example.com/auth/", "https://app.example.com/auth/google/done"],
    ["https://app.example.com", "https://app.example.com"],
    ["https://app.example.com", "https://app.example.com/any/where?x"],
    ["https://app.example.com:8443/done", "https://app.example.com:8443/done"],
    ["com.example.app:/callback", "com.example.app:/callback"],
    ["com.example.app://callback", "com.example.app://callback?from=google"],
    ["http://127.0.0.1/callback", "http://127.0.0.1:51004/callback"],
    ["http://[::1]/callback", "http://[::1]:51004/callback"],
    ["http://localhost:5173/", "http://localhost:5173/done"],
  ])("%s allows %s", (setting, address) => {
    expect(isAllowed(setting, address)).toBe(true);
  });

  test.each([
    ["https://app.example.com/done", "https://app.example.com/done/more"],
    ["https://app.example.com/done", "https://app.example.com/done2"],
    ["https://app.example.com/done", "https://app.example.com:8443/done"],
    ["https://app.example.com/done", "http://app.example.com/done"],
    ["https://app.example.com", "https://app.example.com.evil.example"],
    ["https://app.example.com", "https://evil.example/https://app.example.com"],
    ["com.example.app:/callback", "com.example.app:/callback/more"],
    ["com.example.app:/callback", "com.example.app://callback"],
    ["com.example.app:/callback", "com.example.other:/callback"],
    ["http://localhost:5173/", "http://localhost:5174/"],
    ["http://127.0.0.1/callback", "http://127.0.0.2/callback"],
  ])("%s does not allow %s", (setting, address) => {
    expect(isAllowed(setting, address)).toBe(false);
  });

  test.each([
    "http://app.example.com/done",
    "https://*.example.com/",
    "https://user@app.example.com/",
    "https://app.example.com/done?x=1",
    "https://app.example.com/done#x",
    "https://App.example.com/done",
    "https://app.example.com/a/../b",
    "javascript:alert(1)",
    "data:text/html,x",
    "myapp:/callback",
    "//app.example.com/",
    "app.example.com",
    "/done",
  ])("cannot be %s", (entry) => {
    expect(allowedRedirects.safeParse(entry).success).toBe(false);
  });
});

describe("an address is refused that programs read differently", () => {
  const entries = "https://app.example.com/,com.example.app:/callback";

  test.each([
    "//evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "https:evil.example",
    "https:/app.example.com/",
    "https:///app.example.com/",
    "https:\\\\app.example.com\\",
    "https://evil.example\\@app.example.com/",
    "https://app.example.com\\@evil.example/",
    "https://app.example.com@evil.example/",
    "https://app.example.com:443@evil.example/",
    "https://app.example.com%2f@evil.example/",
    "https://user:password@app.example.com/",
    "https://app.example.com#@evil.example/",
    "https://app.example.com/#fragment",
    "https://APP.example.com/",
    "HTTPS://app.example.com/",
    "https://app.example.com:443/",
    "https://app%2eexample.com/",
    "https://app.example.com./",
    "https://app.example.com/../x",
    "https://app.example.com/a/%2e%2e/b",
    "https://app.example.com/%2F%2Fevil.example",
    "https://app.example.com/%5cevil.example",
    "https://app.example.com/%00",
    "https://app.example.com/\tx",
    "https://app.example.com/\r\nSet-Cookie: x=1",
    " https://app.example.com/",
    "https://app.example.com/ ",
    "https://app.examplе.com/",
    "javascript:alert(1)//https://app.example.com/",
    "JaVaScRiPt:alert(1)",
    "data:text/html;base64,PHNjcmlwdD4=",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://app.example.com/x",
    "",
    "*",
    `https://app.example.com/${"a".repeat(1024)}`,
  ])("%j", (address) => {
    expect(isAllowed(entries, address)).toBe(false);
  });
});

test("a server allows its own sign-in and account pages, and no other address of its own", () => {
  const own = (path: string) => isAllowed("", `https://accounts.example.com${path}`);
  expect([own("/sign-in"), own("/sign-in?return_to=x"), own("/account/sign-up")]).toEqual([true, true, true]);
  expect([own("/"), own("/v1/auth/logout"), own("/sign-in-elsewhere"), own("/accounts")]).toEqual(Array(4).fill(false));
});

test("every loopback address is allowed in development, and no other", () => {
  const rules = { allowedRedirects: loopbackRedirects, publicUrl: "http://localhost:3000" };
  const addresses = ["http://localhost:5173/x", "http://127.0.0.1:1/", "http://[::1]:8080/", "http://10.0.0.1:5173/"];
  expect(addresses.map((address) => parseRedirect(rules, address) !== undefined)).toEqual([true, true, true, false]);
});

test("parameters are added to the query, and replace those of the same name", () => {
  const [web, app] = ["https://app.example.com/done?code=planted&x=1", "com.example.app:/callback"] as const;
  expect(withParameters(new URL(web), { code: "a+b" })).toBe("https://app.example.com/done?code=a%2Bb&x=1");
  expect(withParameters(new URL(app), { error: "E" })).toBe("com.example.app:/callback?error=E");
});
