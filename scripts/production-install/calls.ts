// The first calls of a new installation, over REST.
import { equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

/** How long the server may take to be ready once it listens, in milliseconds; the machine may be busy. */
const readyLimitMillis = 60_000;
const pollMillis = 100;

/** Says what was called. Throws where an answer is not what it should be. */
export async function checkCalls(url: string): Promise<string> {
  await untilReady(new URL("/health/ready", url));
  const email = "ada@example.com";
  const registered = await call(new URL("/v1/auth/register", url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ email, password: "correct horse battery" }),
  });
  const headers = { authorization: `Bearer ${registered.session.accessToken}` };
  const me = await call(new URL("/v1/users/me", url), { headers });
  equal(me.email, email);
  return "ready, auth.register, user.me";
}

async function untilReady(url: URL): Promise<void> {
  const deadline = performance.now() + readyLimitMillis;
  while (!(await fetch(url)).ok) {
    if (performance.now() > deadline) throw new Error("The server listens, but did not become ready");
    await sleep(pollMillis);
  }
}

async function call(url: URL, init: RequestInit) {
  const response = await fetch(url, init);
  const text = await response.text();
  if (!response.ok) throw new Error(`${url.pathname} answered ${response.status}: ${text}`);
  return JSON.parse(text);
}
