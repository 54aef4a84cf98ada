import { afterEach, describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { defaultSettings } from "../support/default-settings.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { messagesTo, reachTurns, receive, receiveToken, settle, tokenIn } from "../support/mailbox.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const hour = 60 * 60;
const day = 24 * hour;

/** The defaults, which the other tests lift. */
const environment = {
  TRUSTED_PROXIES: "loopback",
  ...defaultSettings(
    "LIMIT_MAILS_PER_ADDRESS_PER_DAY",
    "LIMIT_MAIL_SPACING_SECONDS",
    "LIMIT_MAIL_MAX_SPACING_SECONDS",
    "LIMIT_SMS_PER_NUMBER_PER_DAY",
    "LIMIT_SMS_PER_USER_AND_NUMBER_PER_DAY",
  ),
};

/** For a test that sets limits of its own. */
const start = (more: Readonly<Record<string, string>>) => startGatehouse({ environment: { ...environment, ...more } });

/** For the tests of the defaults; each has mailboxes and numbers of its own, and finds no mail waiting. */
const shared = shareGatehouse({ environment });
afterEach(async () => void (await runSql(shared().gatehouse.deps.db, "delete from pgboss.job")));

/** Networks that nobody has signed in from. */
const stranger = (index: number) => `198.51.${Math.floor(index / 200)}.${index % 200}`;
const elsewhere = "203.0.113.7";

/** Every way to have a link sent to somebody else's mailbox without signing in. */
const recoveries = [
  { template: "reset-password", path: "/v1/auth/password/forgot" },
  { template: "magic-link", path: "/v1/auth/magic-link" },
] as const;

async function ask({ url }: TestGatehouse, path: string, email: string, from: string): Promise<void> {
  const { status } = await rest(url, path, { body: { email }, headers: { "x-forwarded-for": from } });
  expect(status).toBe(204);
}

/** The same for calls whose order matters: each is worked out before the next one is made. */
async function askInTurn(server: TestGatehouse, path: string, email: string, from: string): Promise<void> {
  await ask(server, path, email, from);
  await settle(server);
}

/** The tokens of this template that came to the mailbox, the oldest first. */
async function tokensTo(server: TestGatehouse, email: string, template: string): Promise<readonly string[]> {
  await settle(server);
  const messages = (await messagesTo(server, email)).filter((message) => message.template === template);
  return messages.map(tokenIn).toReversed();
}

const times = <T>(count: number, value: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => value(index));

describe.each(recoveries)("row 37: strangers ask for $template", ({ template, path }) => {
  test("of twenty calls from one address, the owner's own from elsewhere has the same link sent at once", async () => {
    const server = shared();
    const { email } = await registerProven(server);
    for (const _ of times(20, () => 0)) await ask(server, path, email, stranger(0));
    expect(await tokensTo(server, email, template)).toHaveLength(1);
    await ask(server, path, email, elsewhere);
    const tokens = await tokensTo(server, email, template);
    expect(tokens).toHaveLength(2);
    expect(new Set(tokens).size).toBe(1);
  });

  test("after calls from many addresses, the owner gets a link at once on a known network, and within an hour elsewhere", async () => {
    const server = shared();
    const { email } = await registerProven(server);
    for (const index of times(30, (each) => each)) await ask(server, path, email, stranger(index));
    expect(await tokensTo(server, email, template)).toHaveLength(10);
    await ask(server, path, email, "127.0.0.1");
    expect(await tokensTo(server, email, template)).toHaveLength(11);
    await ask(server, path, email, elsewhere);
    expect(await tokensTo(server, email, template)).toHaveLength(11);
    await reachTurns(server, hour);
    const tokens = await tokensTo(server, email, template);
    expect(tokens).toHaveLength(12);
    const redemption = template === "magic-link" ? `${path}/verify` : "/v1/auth/password/reset";
    const fields = template === "magic-link" ? {} : { password: "another horse staple" };
    const { status } = await rest(server.url, redemption, { body: { token: tokens.at(-1), ...fields } });
    expect(status).toBeLessThan(300);
  });
});

describe("row 37: a mailbox", () => {
  const [reset] = recoveries;

  test("gets repeats from one network after 1, 4 and 16 minutes, with the same link while a third of its time is left", async () => {
    const server = shared();
    const { email } = await registerProven(server);
    const repeat = async () => {
      for (const _ of times(3, () => 0)) await askInTurn(server, reset.path, email, elsewhere);
    };
    await repeat();
    for (const [pauseSeconds, count] of [
      [59, 1],
      [1, 2],
      [239, 2],
      [1, 3],
      [959, 3],
      [1, 4],
    ] as const) {
      await reachTurns(server, pauseSeconds);
      await repeat();
      expect(await tokensTo(server, email, reset.template)).toHaveLength(count);
    }
    expect(new Set(await tokensTo(server, email, reset.template)).size).toBe(1);
    await reachTurns(server, hour);
    const tokens = await tokensTo(server, email, reset.template);
    expect([tokens.length, new Set(tokens).size]).toEqual([5, 2]);
  });

  test("gets some twenty mails of a kind in twelve hours of calls from ever new addresses", async () => {
    const server = shared();
    const { email } = await registerProven(server);
    const askFrom = (indices: readonly number[]) =>
      Promise.all(indices.map((index) => ask(server, reset.path, email, stranger(index))));
    await askFrom(times(15, (index) => index));
    for (const hours of times(12, (index) => index)) {
      await askFrom([100 + 2 * hours, 101 + 2 * hours]);
      await settle(server);
      await reachTurns(server, hour);
    }
    const count = (await tokensTo(server, email, reset.template)).length;
    expect(count).toBeGreaterThan(15);
    expect(count).toBeLessThanOrEqual(10 + 12);
  });

  test("gets one of several repeats at once on two servers, and one more waits", async () => {
    const server = shared();
    const { database } = server;
    if (database === undefined) return;
    await using other = await startGatehouse({ environment, database, clock: server.clock });
    const { email } = await registerProven(server);
    await Promise.all(times(20, (index) => ask(index % 2 ? server : other, reset.path, email, elsewhere)));
    expect(await tokensTo(server, email, reset.template)).toHaveLength(1);
    await reachTurns(server, 60);
    const tokens = await tokensTo(server, email, reset.template);
    expect([tokens.length, new Set(tokens).size]).toEqual([2, 1]);
  });

  test("gets a new link after the former one was redeemed", async () => {
    await using server = await start({ LIMIT_MAIL_SPACING_SECONDS: "0" });
    const { email } = await registerProven(server);
    await ask(server, reset.path, email, elsewhere);
    const token = await receiveToken(server, email, reset.template);
    await rest(server.url, "/v1/auth/password/reset", { body: { token, password: "another horse staple" } });
    await ask(server, reset.path, email, elsewhere);
    const tokens = await tokensTo(server, email, reset.template);
    expect([tokens.length, new Set(tokens).size]).toEqual([2, 2]);
  });

  test("gets its next magic link without a wait after a sign-in by magic link", async () => {
    const server = shared();
    const { email } = await registerProven(server);
    const headers = { "x-forwarded-for": elsewhere };
    for (const count of [1, 2, 3]) {
      await ask(server, "/v1/auth/magic-link", email, elsewhere);
      const tokens = await tokensTo(server, email, "magic-link");
      expect(tokens).toHaveLength(count);
      const { status } = await rest(server.url, "/v1/auth/magic-link/verify", {
        body: { token: tokens.at(-1) },
        headers,
      });
      expect(status).toBe(200);
    }
  });

  test("gets mails of one kind without delaying another: changes and magic links do not delay resets", async () => {
    await using server = await start({ LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" });
    const { email } = await registerProven(server);
    const attackers = await Promise.all(times(4, () => registerAccount(server.url)));
    for (const { accessToken: token } of attackers) {
      await rest(server.url, "/v1/auth/email/change", { token, body: { email } });
    }
    for (const index of times(4, (each) => each))
      await askInTurn(server, "/v1/auth/magic-link", email, stranger(index));
    await ask(server, reset.path, email, elsewhere);
    expect(await tokensTo(server, email, reset.template)).toHaveLength(1);
    const templates = (await messagesTo(server, email)).map((message) => message.template);
    expect(templates.filter((each) => each === "address-already-registered")).toHaveLength(1);
  });

  test("gets no more mails by tags, and each account gets its own link", async () => {
    await using server = await start({ LIMIT_MAILS_PER_ADDRESS_PER_DAY: "2" });
    const accounts = ["ada+1@gmail.com", "a.da+2@gmail.com", "ada+3@googlemail.com"];
    for (const email of accounts) await registerAccount(server.url, { email });
    for (const [index, email] of accounts.entries()) await askInTurn(server, reset.path, email, stranger(index));
    await settle(server);
    const counts = () =>
      Promise.all(accounts.map(async (email) => (await tokensTo(server, email, reset.template)).length));
    expect(await counts()).toEqual([1, 1, 0]);
    await reachTurns(server, hour);
    expect(await counts()).toEqual([1, 1, 1]);
  });

  test("gets a waiting mail that is in the log, with its kind and its wait, and without the address", async () => {
    const lines: string[] = [];
    await using server = await startGatehouse({ environment, onLog: (line) => lines.push(line) });
    const { email } = await registerProven(server);
    for (const _ of times(2, () => 0)) await askInTurn(server, reset.path, email, elsewhere);
    await settle(server);
    const logged = lines.filter((line) => line.includes("a mail waits for its turn")).map((line) => JSON.parse(line));
    expect(logged).toMatchObject([{ template: "reset-password", delaySeconds: 60 }]);
    expect(JSON.stringify(logged)).not.toContain(email);
  });

  test("keeps and sends nothing for an address without an account", async () => {
    const server = shared();
    const paces = async () => await server.database?.query("select key from mail_pace order by key");
    const before = await paces();
    for (const { path } of recoveries) await ask(server, path, "nobody@example.com", elsewhere);
    await settle(server);
    expect(await messagesTo(server, "nobody@example.com")).toEqual([]);
    expect(await paces()).toEqual(before);
  });
});

describe("row 37: a stranger who registers one tag of the mailbox after another", () => {
  /** More than a mailbox gets in a day. */
  const tagsOf = (mailbox: string) => times(12, (index) => `${mailbox}+${index}@example.com`);
  const register = (server: TestGatehouse, email: string, from: string) =>
    rest(server.url, "/v1/auth/register", {
      body: { email, password: "correct horse battery" },
      headers: { "x-forwarded-for": from },
    });

  /** What the mailbox has got under all the stranger's tags. */
  async function countTo(server: TestGatehouse, tags: readonly string[], template: string): Promise<number> {
    await settle(server);
    const lists = await Promise.all(tags.map((email) => messagesTo(server, email)));
    return lists.flat().filter((message) => message.template === template).length;
  }

  test.each(recoveries.flatMap(({ template, path }) => ["", "+mine"].map((ownTag) => ({ template, path, ownTag }))))(
    "does not delay the owner's $template to victim$ownTag",
    async ({ template, path, ownTag }) => {
      const server = shared();
      const mailbox = `victim-${crypto.randomUUID()}`;
      const [tags, email] = [tagsOf(mailbox), `${mailbox}${ownTag}@example.com`];
      await registerProven(server, { email });
      for (const tag of tags) expect((await register(server, tag, stranger(0))).status).toBe(201);
      server.clock.advance(hour + 1);
      for (const tag of tags) await askInTurn(server, path, tag, stranger(0));
      expect(await countTo(server, tags, template)).toBe(1);
      await ask(server, path, email, elsewhere);
      expect(await tokensTo(server, email, template)).toHaveLength(1);
    },
  );

  test.each([
    ["immediate", 201, "verify-email"],
    ["verified", 202, "complete-registration"],
  ])("does not delay the owner's registration in the %s mode", async (mode, status, template) => {
    await using server = await start({ REGISTRATION_MODE: mode });
    const tags = tagsOf("victim");
    for (const tag of tags) expect((await register(server, tag, stranger(0))).status).toBe(status);
    expect(await countTo(server, tags, template)).toBe(1);
    expect((await register(server, "victim@example.com", elsewhere)).status).toBe(status);
    expect(await tokensTo(server, "victim@example.com", template)).toHaveLength(1);
    expect((await register(server, "victim+mine@example.com", elsewhere)).status).toBe(status);
    await reachTurns(server, hour);
    expect(await tokensTo(server, "victim+mine@example.com", template)).toHaveLength(1);
    expect(await countTo(server, tags, template)).toBeLessThanOrEqual(4);
  });

  test("does not make the owner of a tag wait longer than two turns", async () => {
    await using server = await start({ REGISTRATION_MODE: "verified", LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" });
    for (const tag of tagsOf("victim")) await register(server, tag, stranger(0));
    await settle(server);
    // The stranger's next one goes into the lane, and the others behind it.
    await reachTurns(server, 60);
    expect((await register(server, "victim+mine@example.com", elsewhere)).status).toBe(202);
    await reachTurns(server, hour);
    await reachTurns(server, hour);
    expect(await tokensTo(server, "victim+mine@example.com", "complete-registration")).toHaveLength(1);
  });
});

describe("row 37: a mail that waits", () => {
  test("of a registration becomes an account by its own link", async () => {
    await using server = await start({ REGISTRATION_MODE: "verified", LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" });
    const email = "ada@example.com";
    const register = (from: string, password: string) =>
      rest(server.url, "/v1/auth/register", { body: { email, password }, headers: { "x-forwarded-for": from } });
    expect((await register(stranger(1), "stranger copper lamp window")).status).toBe(202);
    await settle(server);
    expect((await register(elsewhere, "first copper lamp window")).status).toBe(202);
    expect((await register(elsewhere, "second copper lamp window")).status).toBe(202);
    expect(await tokensTo(server, email, "complete-registration")).toHaveLength(1);
    await reachTurns(server, hour);
    const tokens = await tokensTo(server, email, "complete-registration");
    expect(tokens).toHaveLength(2);
    expect((await rest(server.url, "/v1/auth/email/verify", { body: { token: tokens.at(-1) } })).status).toBe(204);
    const body = { identifier: email, password: "second copper lamp window" };
    expect((await rest(server.url, "/v1/auth/login", { body })).status).toBe(200);
  });

  test("for several people who registered an address makes an account with none of their passwords", async () => {
    await using server = await start({ REGISTRATION_MODE: "verified", LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" });
    const email = "ada@example.com";
    const register = (from: string, password: string, username: string) =>
      rest(server.url, "/v1/auth/register", {
        body: { email, password, username },
        headers: { "x-forwarded-for": from },
      });
    await register(stranger(0), "eve copper lamp window river", "eve0");
    await settle(server);
    for (const index of [1, 2]) {
      await register(stranger(index), `zeppelin copper lamp window ${index}`, `eve${index}`);
      await settle(server);
    }
    await register(elsewhere, "walnut copper lamp window", "ada");
    expect(await tokensTo(server, email, "complete-registration")).toHaveLength(1);
    await reachTurns(server, hour);
    const [, token] = await tokensTo(server, email, "complete-registration");
    const opened = await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
    expect(opened.status).toBe(204);
    for (const password of [
      "zeppelin copper lamp window 1",
      "zeppelin copper lamp window 2",
      "walnut copper lamp window",
    ]) {
      expect((await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } })).status).toBe(401);
    }
    const [choice] = await tokensTo(server, email, "reset-password");
    const password = "another horse staple";
    await rest(server.url, "/v1/auth/password/reset", { body: { token: choice, password } });
    const signedIn = await rest(server.url, "/v1/auth/login", { body: { identifier: email, password } });
    expect([signedIn.status, signedIn.body.user.username]).toEqual([200, null]);
  });

  test("of a change of address is not sent once the change was cancelled", async () => {
    await using server = await start({ LIMIT_MAILS_PER_ADDRESS_PER_DAY: "1" });
    const change = ({ accessToken: token }: { accessToken: string }, email: string) =>
      rest(server.url, "/v1/auth/email/change", { token, body: { email } });
    const [ada, bob, eve] = await Promise.all(times(3, () => registerProven(server)));
    if (ada === undefined || bob === undefined || eve === undefined) throw new Error("three accounts were registered");
    const email = "new@example.com";
    expect((await change(eve, email)).status).toBe(204);
    expect((await change(ada, email)).status).toBe(204);
    expect((await change(bob, email)).status).toBe(204);
    expect((await change(bob, "another@example.com")).status).toBe(204);
    expect(await tokensTo(server, email, "confirm-email-change")).toHaveLength(1);
    await reachTurns(server, 2 * hour);
    const tokens = await tokensTo(server, email, "confirm-email-change");
    expect(tokens).toHaveLength(2);
    expect(
      (await rest(server.url, "/v1/auth/email/verify", { body: { token: tokens.at(-1), requestedBy: "me" } })).status,
    ).toBe(204);
    const body = { identifier: email, password: ada.password };
    const signedIn = await rest(server.url, "/v1/auth/login", { body });
    expect(signedIn.body.user.id).toBe(ada.userId);
  });

  test("with a link that proves an address is not sent once the address is proven", async () => {
    const server = shared();
    const { email, accessToken: token } = await registerAccount(server.url);
    const again = () => rest(server.url, "/v1/auth/email/verification", { method: "POST", token });
    const first = await receiveToken(server, email, "verify-email");
    expect((await again()).status).toBe(204);
    expect((await again()).status).toBe(204);
    expect(await tokensTo(server, email, "verify-email")).toEqual([first, first]);
    await rest(server.url, "/v1/auth/email/verify", { body: { token: first } });
    await reachTurns(server, hour);
    expect(await tokensTo(server, email, "verify-email")).toHaveLength(2);
  });
});

describe("row 37: codes by SMS", () => {
  const sendCode = async ({ url }: TestGatehouse, token: string, phone: string, from = "127.0.0.1") =>
    (await rest(url, "/v1/auth/phone", { token, body: { phone }, headers: { "x-forwarded-for": from } })).status;
  const newPhone = () => `+34600${String(++numbers).padStart(6, "1")}`;
  let numbers = 0;

  test("one account does not use up the budget of a number", async () => {
    const server = shared();
    const phone = newPhone();
    const [eve, ada] = [await registerAccount(server.url), await registerAccount(server.url)];
    const statuses: number[] = [];
    for (const _ of times(5, () => 0)) statuses.push(await sendCode(server, eve.accessToken, phone, stranger(0)));
    expect(statuses).toEqual([204, 204, 204, 429, 429]);
    expect(await sendCode(server, ada.accessToken, phone)).toBe(204);
    await receive(server, phone, "phone-code");
  });

  test.each([
    ["two accounts in two networks do not either", 2, (index: number) => stranger(index)],
    ["any number of accounts in one network do not either", 12, () => stranger(0)],
  ])("%s", async (_name, count, networkOf) => {
    const server = shared();
    const phone = newPhone();
    const strangers = await Promise.all(times(count, () => registerAccount(server.url)));
    for (const [index, { accessToken }] of strangers.entries()) {
      for (const _ of times(4, () => 0)) await sendCode(server, accessToken, phone, networkOf(index));
    }
    const ada = await registerAccount(server.url);
    expect(await sendCode(server, ada.accessToken, phone)).toBe(204);
  });

  test("any number of accounts anywhere send a number no more codes a day than its budget", async () => {
    const server = shared();
    const phone = newPhone();
    const statuses: number[] = [];
    for (const index of times(8, (each) => each)) {
      const { accessToken } = await registerAccount(server.url);
      for (const _ of times(2, () => 0)) statuses.push(await sendCode(server, accessToken, phone, stranger(index)));
    }
    expect(statuses.filter((status) => status === 204)).toHaveLength(5);
  });

  test.each([
    ["LIMIT_SMS_PER_NUMBER_PER_DAY", () => "+34600123456"],
    ["LIMIT_SMS_PER_PREFIX_PER_DAY", (index: number) => `+3460012${3000 + index}`],
    ["LIMIT_SMS_PER_DAY", (index: number) => `+3461${index}000000`],
  ])("new accounts leave older ones a reserve of %s", async (setting, phoneOf) => {
    await using server = await start({ [setting]: "5", JOBS: "off" });
    const ada = await registerAccount(server.url);
    server.clock.advance(day);
    const { body } = await rest(server.url, "/v1/auth/login", {
      body: { identifier: ada.email, password: ada.password },
    });
    const newcomers = await Promise.all(times(6, () => registerAccount(server.url)));
    const statuses: number[] = [];
    for (const [index, { accessToken }] of newcomers.entries()) {
      statuses.push(await sendCode(server, accessToken, phoneOf(index)));
    }
    expect(statuses.at(-1)).toBe(429);
    expect(await sendCode(server, body.session.accessToken, phoneOf(7))).toBe(204);
  });
});
