import { createHmac, randomUUID } from "node:crypto";
import { codeOf } from "../../../tests/support/second-factor.ts";
import type { Argon2Child, GatehouseChild } from "../contestants/children.ts";
import { call, inParallel, microsOfEach, sessionIn } from "../rest-calls.ts";

const password = "correct horse battery staple";

/** An account with an authenticator app. */
interface Protected {
  readonly email: string;
  readonly secret: string;
}

/** Processor time of a sign-in by password and code, and of its cryptography alone, in microseconds. */
export interface SecondFactorCost {
  readonly signIn: number;
  readonly alone: number;
}

/** How long a process hashes alone, in seconds. */
const hashingSeconds = 2;

/**
 * A code works once, so each sign-in has an account of its own. Its app is confirmed by the present code, so it signs in by the next
 * one.
 */
export async function measureSecondFactor(
  server: GatehouseChild,
  argon2: Argon2Child,
  count: number,
): Promise<SecondFactorCost> {
  const accounts: Protected[] = [];
  await inParallel(Array.from({ length: count }), async () => {
    accounts.push(await registerProtected(server.ready));
  });
  const signIn = await microsOfEach(server, accounts, async ({ email, secret }) => {
    const { challenge } = await call(server.ready, "/v1/auth/login", { body: { identifier: email, password } });
    const code = codeAt(secret, Date.now() + stepMillis);
    await call(server.ready, "/v1/auth/mfa/verify", { body: { challenge, code } });
  });
  return { signIn, alone: (await verifyMicros(argon2)) + codeMicros() };
}

const stepMillis = 30_000;

async function registerProtected(url: string): Promise<Protected> {
  const email = `${randomUUID()}@example.com`;
  const { accessToken: token } = sessionIn(await call(url, "/v1/auth/register", { body: { email, password } }));
  const { secret } = (await call(url, "/v1/auth/mfa/totp", { token })) as { readonly secret: string };
  await call(url, "/v1/auth/mfa/totp/confirm", { token, body: { code: codeAt(secret, Date.now()) } });
  return { email, secret };
}

function codeAt(secret: string, millis: number): string {
  return codeOf(secret, { now: () => new Date(millis) });
}

async function verifyMicros(argon2: Argon2Child): Promise<number> {
  const before = await argon2.cpuMicros();
  const { calls } = await argon2.ask("run", { work: "verify", seconds: hashingSeconds });
  return ((await argon2.cpuMicros()) - before) / calls;
}

/** A code is compared with those of three steps (RFC 6238, 5.2), each an HMAC-SHA-1. */
function codeMicros(): number {
  const [rounds, steps, secret] = [10_000, 3, Buffer.alloc(20, 7)];
  const counter = Buffer.alloc(8);
  const before = process.cpuUsage();
  for (let step = 0; step < rounds * steps; step += 1) {
    counter.writeUInt32BE(step, 4);
    createHmac("sha1", secret).update(counter).digest();
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds;
}
