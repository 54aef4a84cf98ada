import { randomUUID } from "node:crypto";
import type { LocalProvider } from "../../../tests/support/social/provider.ts";
import type { GatehouseChild } from "../contestants/children.ts";
import { call, inParallel, microsOfEach, sessionIn, type Tokens } from "../rest-calls.ts";

/** The provider at which the users sign in; the process of the comparison answers for it, so its time is not the server's. */
export const provider = { kind: "google", clientId: "benchmark", clientSecret: "a-secret-of-the-benchmark" };

/** Where the browser goes on; development allows it. */
const redirectTo = "http://localhost/signed-in";

/** Processor time of the return from a provider, and of a refresh, in microseconds. */
export interface CallbackCost {
  readonly callback: number;
  readonly refresh: number;
}

/** What a browser brings back, and its cookie. */
interface Returning {
  readonly parameters: URLSearchParams;
  readonly cookie: string;
}

/** The first round creates the accounts, so it is to be left out. */
export async function measureCallback(
  server: GatehouseChild,
  local: LocalProvider,
  count: number,
): Promise<CallbackCost> {
  const returning: Returning[] = [];
  const numbers = Array.from({ length: count }, (_, index) => index);
  await inParallel(numbers, async (index) => {
    returning.push(await beginAt(server.ready, local, index));
  });
  const callback = await microsOfEach(server, returning, (browser) => comeBack(server.ready, browser));
  return { callback, refresh: await measureRefresh(server, count) };
}

async function beginAt(url: string, local: LocalProvider, index: number): Promise<Returning> {
  const address = new URL(`/v1/auth/social/google/start?${new URLSearchParams({ redirectTo })}`, url);
  const response = await fetch(address, { redirect: "manual" });
  const location = response.headers.get("location");
  const [cookie] = response.headers.getSetCookie();
  if (location === null || cookie === undefined) {
    throw new Error(`The start answered ${response.status}: ${await response.text()}`);
  }
  return { parameters: local.authorize(location, personOf(index)), cookie: cookie.split(";", 1)[0] ?? "" };
}

/** One of as many people as returns, who comes back once in each round. */
function personOf(index: number) {
  return { sub: String(index + 1), claims: { email: `person-${index}@gmail.com`, email_verified: true } };
}

async function comeBack(url: string, { parameters, cookie }: Returning): Promise<void> {
  const address = new URL(`/v1/auth/social/google/callback?${parameters}`, url);
  const response = await fetch(address, { redirect: "manual", headers: { cookie } });
  await response.arrayBuffer();
  const location = response.headers.get("location");
  if (location !== redirectTo) throw new Error(`The callback answered ${response.status}: ${location}`);
}

/** Each session refreshes with the token that its last refresh returned. */
async function measureRefresh(server: GatehouseChild, count: number): Promise<number> {
  const sessions = await Promise.all(Array.from({ length: 10 }, () => register(server.ready)));
  const before = await server.cpuMicros();
  const each = Math.ceil(count / sessions.length);
  await inParallel(sessions, async (first) => {
    let tokens: Tokens = first;
    for (let times = 0; times < each; times += 1) {
      const body = { refreshToken: tokens.refreshToken };
      tokens = sessionIn(await call(server.ready, "/v1/auth/refresh", { body }));
    }
  });
  return ((await server.cpuMicros()) - before) / (each * sessions.length);
}

async function register(url: string) {
  const account = { email: `${randomUUID()}@example.com`, password: "correct horse battery staple" };
  return sessionIn(await call(url, "/v1/auth/register", { body: account }));
}
