import { Client } from "pg";
import { startGatehouse } from "../contestants/children.ts";
import { withLongTokens } from "../contestants/settings.ts";
import { type Account, registerAccount, signIn } from "../load/account.ts";
import { type Times, toTimes } from "../report/numbers.ts";
import type { Run } from "../runs/run.ts";
import { RestCaller } from "./rest-caller.ts";

/** How long a change of roles takes until another instance answers by it, in milliseconds. */
export interface RoleTimes {
  readonly changes: number;
  /** From the moment at which the change was sent. */
  readonly sinceSent: Times;
  /** From the moment at which the change was answered. */
  readonly sinceAnswered: Times;
}

/** A change that is not seen by then fails the run, in milliseconds. */
const limitMillis = 30_000;

/** The role lets its holders list accounts. */
const role = "support";

/**
 * Changes a user's roles through one server process, and calls another one on the same database in the name of that user until it
 * answers by the new roles. Throws if a change is refused, or is not seen in time.
 */
export async function measureRoles({ surroundings, settings, database }: Run, changes: number): Promise<RoleTimes> {
  const longSettings = withLongTokens(settings);
  await using first = await startGatehouse(surroundings, longSettings);
  await using second = await startGatehouse(surroundings, longSettings);
  const administrator = await registerAccount({ url: first.ready, protocol: "rest" });
  const user = await registerAccount({ url: first.ready, protocol: "rest" });
  const id = await makeAdministrator(database.url, administrator, user);
  using changing = new RestCaller(first.ready, await tokenAt(first.ready, administrator));
  using watching = new RestCaller(second.ready, await tokenAt(second.ready, user));
  const [sinceSent, sinceAnswered] = [[] as number[], [] as number[]];
  for (let change = 1; change <= changes; change++) {
    surroundings.signal.throwIfAborted();
    const isGiven = change % 2 === 1;
    const sentAt = performance.now();
    await changing.call({ method: "PUT", path: `/v1/users/${id}/roles`, body: { roles: isGiven ? [role] : [] } });
    const answeredAt = performance.now();
    const seenAt = await untilStatus(watching, isGiven ? 200 : 403);
    sinceSent.push(seenAt - sentAt);
    sinceAnswered.push(seenAt - answeredAt);
  }
  return { changes, sinceSent: toTimes(sinceSent), sinceAnswered: toTimes(sinceAnswered) };
}

async function tokenAt(url: string, account: Account): Promise<string> {
  return (await signIn({ url, protocol: "rest" }, account)).accessToken;
}

/** Makes the first account an administrator, and returns the public id of the second. */
async function makeAdministrator(databaseUrl: string, administrator: Account, user: Account): Promise<string> {
  const client = new Client(databaseUrl);
  await client.connect();
  try {
    await client.query(`update "user" set roles = '{admin}' where email = $1`, [administrator.email]);
    const { rows } = await client.query<{ public_id: string }>('select public_id from "user" where email = $1', [
      user.email,
    ]);
    return String(rows[0]?.public_id);
  } finally {
    await client.end();
  }
}

/** Lists accounts again and again until the answer has the status. Returns the moment of that answer. */
async function untilStatus(caller: RestCaller, expected: 200 | 403): Promise<number> {
  const deadline = performance.now() + limitMillis;
  for (;;) {
    const { status, body } = await caller.send({ method: "GET", path: "/v1/users?limit=1" });
    if (status === expected) return performance.now();
    if (status !== 200 && status !== 403) throw new Error(`The other server answered ${status}: ${body}`);
    if (performance.now() > deadline) throw new Error("The other server has not seen the change of roles");
  }
}
