import { afterEach, describe, expect, test, vi } from "vitest";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { nextPublishedKeys } from "../support/social/id-tokens.ts";
import { nativeSignIn } from "../support/social/native.ts";
import type { LocalProvider } from "../support/social/provider.ts";
import { startSocial } from "../support/social/scene.ts";
import {
  anybody,
  begin,
  company,
  errorIn,
  github,
  google,
  problemIn,
  signInAppAt,
  signInAt,
} from "../support/social/sign-in.ts";

const metadata = "accounts.google.com/.well-known/openid-configuration";
const keys = "accounts.google.com/keys";
const tokens = "accounts.google.com/token";

const options = { providers: [google, company, github], environment: { SOCIAL_TIMEOUT_SECONDS: "1" } };

/** A server of one test, which breaks a provider in its own way. */
const start = () => startSocial(options);

/** Takes the request and sends nothing, for as long as the other side waits. */
const silence = () => undefined;

const signInNatively = async (server: TestGatehouse) => {
  const { provider, ...credential } = await nativeSignIn(server);
  return await rest(server.url, `/v1/auth/social/${provider}`, { body: credential });
};

const countRequests = ({ requests }: LocalProvider, path: string) =>
  requests.filter((request) => request.path === path).length;

afterEach(() => {
  vi.useRealTimers();
});

describe("a provider whose metadata does not come", () => {
  test("costs those who begin there the sign-in, by one request for all, and nobody else anything", async () => {
    await using scene = await start();
    const { local, server } = scene;
    const account = await registerAccount(server.url);
    local.answers.set(metadata, silence);
    const beginning = Promise.all(Array.from({ length: 5 }, () => begin(server)));
    expect((await signInAppAt(server, { local, person: anybody(), provider: "company" })).status).toBe(200);
    const body = { refreshToken: account.refreshToken };
    expect((await rest(server.url, "/v1/auth/refresh", { body })).status).toBe(200);
    for (const { response } of await beginning) expect(await problemIn(response)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect((await signInNatively(server)).body.code).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect(countRequests(local, metadata)).toBe(1);
  });

  test("is asked again after five seconds", async () => {
    await using scene = await start();
    const { local, server } = scene;
    local.answers.set(metadata, (response) => response.destroy());
    await begin(server);
    local.answers.delete(metadata);
    expect((await begin(server)).status).toBe(503);
    server.clock.advance(5);
    expect((await signInAppAt(server, { local, person: anybody() })).status).toBe(200);
  });
});

describe("a provider that is down once its metadata and keys are known", () => {
  test("is missed after an hour", async () => {
    await using scene = await start();
    const { local, server } = scene;
    expect((await signInNatively(server)).status).toBe(200);
    for (const path of [metadata, keys]) local.answers.set(path, (response) => response.destroy());
    server.clock.advance(3599);
    expect((await signInNatively(server)).status).toBe(200);
    server.clock.advance(1);
    expect((await signInNatively(server)).body.code).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    expect(errorIn((await begin(server, { provider: "company" })).location)).toBeNull();
  });
});

describe("a provider whose keys cannot be read", () => {
  test.each([
    ["do not come", silence],
    ["break off", (response: { destroy(): void }) => response.destroy()],
    [
      "are none",
      (response: { writeHead(status: number): { end(text: string): void } }) => response.writeHead(200).end("{}"),
    ],
  ])("is no reason to call a token invalid: they %s", async (_name, answer) => {
    await using scene = await start();
    const { local, server } = scene;
    local.answers.set(keys, answer);
    expect((await signInNatively(server)).body.code).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    const { location } = await signInAt(server, { local, person: anybody() });
    expect(errorIn(location)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
    local.answers.delete(keys);
    expect((await signInNatively(server)).status).toBe(200);
  });
});

test.each([
  ["google", tokens],
  ["github", "github.com/login/oauth/access_token"],
  ["github", "api.github.com/user"],
])("%s that does not answer at %s costs its user the sign-in", async (provider, path) => {
  await using scene = await start();
  const { local, server } = scene;
  local.answers.set(path, silence);
  const { location } = await signInAt(server, { local, person: anybody(), provider });
  expect(errorIn(location)).toBe("SOCIAL_PROVIDER_UNAVAILABLE");
});

test("a provider may replace its key: the new one is read half a minute after the last reading, and the old one counts no more", async () => {
  await using scene = await start();
  const { local, server } = scene;
  const [old, person] = [anybody(), { ...anybody(), lies: { signature: "next key" } as const }];
  expect((await signInAppAt(server, { local, person: old })).status).toBe(200);
  const published = JSON.stringify(await nextPublishedKeys());
  local.answers.set(keys, (response) => response.writeHead(200).end(published));
  expect((await signInAppAt(server, { local, person })).error).toBe("SOCIAL_SIGN_IN_INVALID");
  expect(countRequests(local, keys)).toBe(1);
  // The library that keeps the keys reads the time of day.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 31_000 });
  expect((await signInAppAt(server, { local, person })).status).toBe(200);
  expect((await signInAppAt(server, { local, person: old })).error).toBe("SOCIAL_SIGN_IN_INVALID");
  expect(countRequests(local, keys)).toBe(2);
});
