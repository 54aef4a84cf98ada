import { createServer, type RequestListener } from "node:http";
import { describe, expect, test } from "vitest";
import { startGatehouse } from "../support/gatehouse.ts";
import { listenOn } from "../support/listen-on.ts";
import { share } from "../support/shared-gatehouse.ts";
import { clientSecret } from "../support/social/id-tokens.ts";
import { startSocial } from "../support/social/scene.ts";
import { anybody, begin, errorIn, problemIn, signInAt } from "../support/social/sign-in.ts";

const discovery = "accounts.google.com/.well-known/openid-configuration";

/** A server on this machine that counts who asks it. */
async function startInside(answer: RequestListener = (_request, response) => response.end("{}")) {
  const asked: string[] = [];
  const listening = await listenOn(
    createServer((request, response) => {
      asked.push(request.url ?? "");
      answer(request, response);
    }),
  );
  return { asked, url: listening.url, [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose]() };
}

const issuerAt = (issuer: string) =>
  JSON.stringify([{ kind: "oidc", name: "inside", issuer, clientId: "client", clientSecret }]);

describe("row 25: an issuer leads the server nowhere inside", () => {
  test.each([
    ["by default", {}],
    ["where http and every port are allowed", { OUTBOUND_HTTP: "on", OUTBOUND_PORTS: "any" }],
    ["where another address inside is", { OUTBOUND_HTTP: "on", OUTBOUND_PORTS: "any", OUTBOUND_INSIDE: "10.0.0.0/8" }],
  ])("%s: it is not called", async (_name, environment) => {
    await using inside = await startInside();
    const settings = { SOCIAL_PROVIDERS: issuerAt(inside.url), ...environment };
    await using server = await startGatehouse({ environment: settings });
    const { response } = await begin(server, { provider: "inside" });
    expect(await problemIn(response)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect(inside.asked).toEqual([]);
  });

  test("by the addresses in its metadata", async () => {
    await using inside = await startInside();
    const port = new URL(inside.url).port;
    await using issuer = await startInside((request, response) => {
      const own = `http://${request.headers.host}`;
      const elsewhere = `http://localhost.localdomain:${port}`;
      const metadata = {
        issuer: own,
        authorization_endpoint: `${own}/authorize`,
        token_endpoint: `http://[::ffff:127.0.0.1]:${port}/token`,
      };
      response
        .setHeader("content-type", "application/json")
        .end(JSON.stringify({ ...metadata, jwks_uri: `${elsewhere}/keys` }));
    });
    const outbound = { OUTBOUND_HTTP: "on", OUTBOUND_PORTS: "any", OUTBOUND_INSIDE: "127.0.0.1" };
    await using server = await startGatehouse({ environment: { SOCIAL_PROVIDERS: issuerAt(issuer.url), ...outbound } });
    const { location, cookie } = await begin(server, { provider: "inside" });
    const state = new URL(location).searchParams.get("state") ?? "";
    const callback = `${server.url}/v1/auth/social/inside/callback?${new URLSearchParams({ code: "code", state })}`;
    const returned = await fetch(callback, { headers: { cookie }, redirect: "manual" });
    expect(errorIn(returned.headers.get("location") ?? "")).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect(inside.asked).toEqual([]);
  });
});

describe("row 25: a provider's answer", () => {
  test("that redirects is not followed", async () => {
    await using inside = await startInside();
    await using scene = await startSocial();
    scene.local.answers.set(discovery, (response) => response.writeHead(302, { location: inside.url }).end());
    expect(await problemIn((await begin(scene.server)).response)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect(inside.asked).toEqual([]);
  });

  test("that never ends is cut off", async () => {
    await using scene = await startSocial();
    scene.local.answers.set(discovery, (response) => {
      response.writeHead(200, { "content-type": "application/json" });
      const write = () => {
        while (!response.destroyed && response.write(`"${"a".repeat(65_536)}"`));
      };
      response.on("drain", write);
      write();
    });
    expect(await problemIn((await begin(scene.server)).response)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
  });

  test.each([
    ["that is no JSON", "<html>"],
    [
      "that names another issuer",
      JSON.stringify({ issuer: "https://evil.example", jwks_uri: "https://evil.example/" }),
    ],
    ["that has nothing", "{}"],
  ])("%s is refused, and asked for again only after some seconds", async (_name, body) => {
    await using scene = await startSocial();
    const { local, server } = scene;
    local.answers.set(discovery, (response) => response.setHeader("content-type", "application/json").end(body));
    for (let visit = 0; visit < 3; visit++) {
      expect(await problemIn((await begin(server)).response)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    }
    const isDiscovery = ({ path }: { readonly path: string }) => path === discovery;
    expect(local.requests.filter(isDiscovery)).toHaveLength(1);
    local.answers.clear();
    server.clock.advance(6);
    expect((await begin(server)).status).toBe(302);
  });
});

describe("row 25: a sign-in leads to allowed addresses only", () => {
  const social = share(() => startSocial({ environment: { ALLOWED_REDIRECTS: "https://app.example.com/done" } }));

  test.each([
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example",
    "https://app.example.com@evil.example/done",
    "https://app.example.com.evil.example/done",
    "https://app.example.com/done/../../evil",
    "https://app.example.com%2fdone",
    "HTTPS://APP.EXAMPLE.COM/done",
    "javascript:alert(1)",
    "data:text/html,x",
    "http://localhost:5173/",
    "",
  ])("not %j", async (redirectTo) => {
    const { status, cookies, response } = await begin(social().server, { query: { redirectTo } });
    expect([status, await problemIn(response), cookies]).toEqual([400, "REDIRECT_NOT_ALLOWED", []]);
  });

  test("nor an address that came twice, or that the provider sends back", async () => {
    const { local, server } = social();
    const redirectTo = "https://app.example.com/done";
    const address = `${server.url}/v1/auth/social/google/start?redirectTo=${encodeURIComponent(redirectTo)}`;
    const twice = await fetch(`${address}&redirectTo=https://evil.example/`, { redirect: "manual" });
    expect(twice.status).toBe(400);
    const person = {
      ...anybody(),
      response: { redirectTo: "https://evil.example/", redirect_uri: "https://evil.example/" },
    };
    const { location } = await signInAt(server, { local, person, query: { redirectTo } });
    expect(location).toMatch(/^https:\/\/app\.example\.com\/done(\?error=[A-Z_]+)?$/);
  });
});
