import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { receiveToken } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { newPkce } from "../support/sign-in-codes.ts";

const environment = { ALLOWED_REDIRECTS: "https://app.example.com/signed-in,com.example.app:/callback" };

/** Addresses of an attacker, some of which a careless check takes for the app's. */
const evil = [
  "https://evil.example/",
  "//evil.example/",
  "/\\evil.example",
  "javascript:alert(1)//https://app.example.com/signed-in",
  "data:text/html,<script>alert(1)</script>",
  "https://app.example.com@evil.example/signed-in",
  "https://app.example.com.evil.example/signed-in",
  "https://evil.example/https://app.example.com/signed-in",
  "https://evil.example\\@app.example.com/signed-in",
  "http://app.example.com/signed-in",
  "https://app.example.com:444/signed-in",
  "https://app.example.com/signed-in/../other",
  "https://app.example.com/other",
  "https://app.example.com/signed-in#fragment",
  "HTTPS://APP.example.com/signed-in",
  " https://app.example.com/signed-in",
  "https://app.example.com/signed-in\r\nlocation: https://evil.example",
  "com.evil.app:/callback",
  "com.example.app:/other",
];

describe("row 25: an open redirect after sign-in, on the pages", () => {
  const shared = shareGatehouse({ environment });

  const open = (path: string, parameters: string | Readonly<Record<string, string>>) =>
    fetch(`${shared().url}${path}?${new URLSearchParams(parameters)}`, { redirect: "manual" });

  test.each(["/sign-in", "/sign-up", "/account/forgot-password"])(
    "%s keeps no address of an attacker",
    async (path) => {
      for (const address of evil) {
        const response = await open(path, { return_to: address, state: "s" });
        expect([address, response.status, response.headers.get("location")]).toEqual([address, 400, null]);
        const html = await response.text();
        expect(html).not.toMatch(/evil|javascript:|data-return-to|<form/);
        expect(html).toContain("You cannot sign in from there");
      }
    },
  );

  test.each([
    ["a repeated address", "return_to=https://app.example.com/signed-in&return_to=https://evil.example/"],
    ["a challenge without an address", `code_challenge=${newPkce().challenge}&code_challenge_method=S256`],
    ["a plain challenge", `return_to=https://app.example.com/signed-in&code_challenge=${newPkce().challenge}`],
    ["a method without a challenge", "return_to=https://app.example.com/signed-in&code_challenge_method=S256"],
    ["a short challenge", "return_to=https://app.example.com/signed-in&code_challenge=a&code_challenge_method=S256"],
    ["a state of control characters", "return_to=https://app.example.com/signed-in&state=a%00b"],
    ["a long state", `return_to=https://app.example.com/signed-in&state=${"s".repeat(513)}`],
  ])("refuses %s on a page of its own", async (_name, query) => {
    const response = await open("/sign-in", query);
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain("<form");
  });

  test("writes nothing of a query into the page but as text", async () => {
    const hostile = `"><script>document.title='taken'</script><img src=x onerror='alert(1)'>`;
    const allowed = { return_to: "https://app.example.com/signed-in?a=1&b='\"" };
    const wanted = {
      state: hostile,
      login_hint: hostile,
      ui_locales: hostile,
      return_to: "https://app.example.com/signed-in?a=1&b=2",
    };
    const html = await (await open("/sign-in", wanted)).text();
    expect(html).not.toMatch(/<script>|<img|onerror='/);
    expect(html).toContain("&quot;&gt;&lt;script&gt;");
    expect((await open("/sign-in", allowed)).status).toBe(400);
  });

  test("leads a mail's link nowhere that the operator has disallowed since", async () => {
    const server = shared();
    const { email } = await registerAccount(server.url);
    const redirectTo = "https://app.example.com/signed-in?x=1";
    await rest(server.url, "/v1/auth/password/forgot", { body: { email, redirectTo } });
    const body = { token: await receiveToken(server, email, "reset-password") };
    const inspect = (url: string) => rest(url, "/v1/auth/password/reset/inspect", { body });
    expect((await inspect(server.url)).body).toEqual({ email, identifier: email, redirectTo });
    if (server.database === undefined) return;
    const narrower = { ALLOWED_REDIRECTS: "https://app.example.com/elsewhere" };
    await using other = await startGatehouse({ environment: narrower, database: server.database, clock: server.clock });
    expect((await inspect(other.url)).body).toEqual({ email, identifier: email, redirectTo: null });
  });
});
