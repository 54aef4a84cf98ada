// `pnpm bench:passkeys`: sign-ins with a passkey beside the verification of their signatures alone; see benchmarks/README.md.
import { createHash, createPublicKey, verify } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SoftwareAuthenticator } from "../../../tests/support/software-authenticator.ts";
import { readArguments, runCommand, wholeNumber } from "../command.ts";
import type { GatehouseChild } from "../contestants/children.ts";
import { createServerSettings } from "../contestants/settings.ts";
import { createBenchmarkDatabase } from "../database/benchmark-database.ts";
import { startChild } from "../processes/child.ts";
import { median } from "../report/numbers.ts";
import { describeMachine } from "../report/origin.ts";
import { call, inParallel, sessionIn } from "../rest-calls.ts";

const signIns = { name: "sign-ins", max: 100_000, default: 2000 };
const rounds = { name: "rounds", max: 50, default: 5 };

const usage = `Usage: pnpm bench:passkeys [--sign-ins N] [--rounds N]
  --sign-ins N  sign-ins of a round, 1 to ${signIns.max}; default ${signIns.default}
  --rounds N    rounds, 1 to ${rounds.max}; default ${rounds.default}`;

const origin = "http://localhost";

type Credential = ReturnType<SoftwareAuthenticator["get"]>;

await runCommand(async (signal) => {
  const options = { "sign-ins": { type: "string" }, rounds: { type: "string" } } as const;
  const given = readArguments(() => parseArgs({ options }).values, usage);
  const count = wholeNumber(signIns, given["sign-ins"], usage);
  const times = wholeNumber(rounds, given.rounds, usage);
  await using stack = new AsyncDisposableStack();
  const logFolder = await mkdtemp(join(tmpdir(), "gatehouse-passkeys-"));
  stack.defer(() => rm(logFolder, { recursive: true }));
  const database = stack.use(await createBenchmarkDatabase({ logFolder, signal }));
  const { environment } = createServerSettings(database);
  const input = { ...environment, PUBLIC_URL: origin, LIMIT_PASSKEY_SIGN_INS_PER_IP_PER_MINUTE: "0" };
  const module = new URL("../servers/gatehouse.ts", import.meta.url);
  const server: GatehouseChild = stack.use(await startChild({ name: "gatehouse", module, input, logFolder, signal }));
  const machine = describeMachine();
  console.log(`${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; PostgreSQL ${database.serverVersion}`);
  await compare(server, { count, times });
});

/** The first round warms the server up and does not count. */
async function compare(
  server: GatehouseChild,
  { count, times }: { readonly count: number; readonly times: number },
): Promise<void> {
  const authenticator = await addPasskey(server.ready);
  const ratios: number[] = [];
  for (let round = 0; round <= times; round += 1) {
    const credentials = await signInTurn(authenticator, server.ready, count);
    const before = await server.cpuMicros();
    const start = performance.now();
    await inParallel(credentials, (credential) =>
      call(server.ready, "/v1/auth/passkeys/login", { body: { credential } }),
    );
    const seconds = (performance.now() - start) / 1000;
    const signInMicros = ((await server.cpuMicros()) - before) / count;
    const aloneMicros = verifyAll(authenticator, credentials) / count;
    if (round === 0) continue;
    ratios.push(aloneMicros / signInMicros);
    console.log(
      `${Math.round(count / seconds)} sign-ins/s; processor time of one ${Math.round(signInMicros)} µs, of its signature alone ${Math.round(aloneMicros)} µs`,
    );
  }
  console.log(`signature alone ÷ sign-in, median of ${times} rounds: ${median(ratios).toFixed(2)}`);
}

async function addPasskey(url: string): Promise<SoftwareAuthenticator> {
  const account = { email: "ada@example.com", password: "correct horse battery staple" };
  const { accessToken } = sessionIn(await call(url, "/v1/auth/register", { body: account }));
  // It counts nothing, so that several sign-ins can be under way.
  const authenticator = new SoftwareAuthenticator({ origin, isSynced: true });
  const options = await call(url, "/v1/auth/passkeys/options", { token: accessToken });
  await call(url, "/v1/auth/passkeys", {
    body: { credential: authenticator.create(options) },
    token: accessToken,
  });
  return authenticator;
}

async function signInTurn(authenticator: SoftwareAuthenticator, url: string, count: number) {
  const credentials: Credential[] = [];
  await inParallel(Array.from({ length: count }), async () => {
    credentials.push(authenticator.get(await call(url, "/v1/auth/passkeys/login/options")));
  });
  return credentials;
}

/** Reads the public key, hashes what was signed and verifies it, as each sign-in has to; returns the processor time in microseconds. */
function verifyAll({ passkeys }: SoftwareAuthenticator, credentials: readonly Credential[]): number {
  const [passkey] = passkeys;
  if (passkey === undefined) throw new Error("There is no passkey");
  const key = createPublicKey(passkey.privateKey.export({ type: "pkcs8", format: "pem" })).export({ format: "jwk" });
  const before = process.cpuUsage();
  for (const { response } of credentials) {
    const clientDataHash = createHash("sha256").update(Buffer.from(response.clientDataJSON, "base64url")).digest();
    const signed = Buffer.concat([Buffer.from(response.authenticatorData, "base64url"), clientDataHash]);
    const signature = Buffer.from(response.signature, "base64url");
    if (!verify("sha256", signed, createPublicKey({ key, format: "jwk" }), signature))
      throw new Error("A signature is wrong");
  }
  const { user, system } = process.cpuUsage(before);
  return user + system;
}
