import { beforeAll, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { registerProvenAdmin } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { type Answer, allOperations, authorize, type Operation, type Transport, transports } from "../support/calls.ts";
import { linkDevice, newInstallationId } from "../support/devices.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { addMember, createGroup } from "../support/groups.ts";
import { login } from "../support/logins.ts";
import { sendFor } from "../support/notifications.ts";
import { addPasskey } from "../support/passkeys.ts";
import { expectRefusal } from "../support/refusal.ts";
import { type Account, registerAccount } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { createWebhook } from "../support/webhooks.ts";

/** Every procedure that returns a list by pages. */
const lists = allOperations.filter(({ fields }) => "cursor" in fields);

/** A list with several items: who asks for it, and by which input. */
interface List {
  readonly caller: Account;
  readonly input: Readonly<Record<string, unknown>>;
}

/** Two lists of each procedure, of different users, objects or filters; only the first exists where all is one list. */
type Lists = Readonly<Record<string, readonly [List, List?]>>;

/** Texts that mean something to patterns, statements, HTML or a path, and those that are long. */
const hostileTexts = [
  ...["%", "_", "%_%", "\\", "'", '"', "`", "''; drop table \"user\" --", "$1", "<b>", "../..", "🦄", "\u{1d51e}"],
  ...["a".repeat(10_000), "%".repeat(3_000), "🦄".repeat(800)],
];

/** Forms of a cursor that no list returned. */
function forge(cursor: string): readonly string[] {
  const bytes = Buffer.from(cursor, "base64url");
  const flipped = [...bytes.keys()].map((index) =>
    Buffer.from(bytes.map((byte, at) => (at === index ? byte ^ (1 << (index % 8)) : byte))).toString("base64url"),
  );
  // The last character holds bits that no byte uses.
  const respelled = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"]
    .map((last) => cursor.slice(0, -1) + last)
    .filter((spelling) => spelling !== cursor);
  const cut = [cursor.slice(0, -1), cursor.slice(1), cursor.slice(0, 22), cursor.slice(0, cursor.length / 2)];
  const extended = [
    `${cursor}=`,
    `${cursor}A`,
    `A${cursor}`,
    ` ${cursor}`,
    `${cursor}\n`,
    `${cursor}.`,
    cursor + cursor,
  ];
  const others = ["", "0", "null", "forged", Buffer.from("1").toString("base64url"), "A".repeat(10_000)];
  return [...flipped, ...respelled, ...cut, ...extended, ...others, ...hostileTexts];
}

/** What a page must hold. */
const page = z.object({ items: z.array(z.unknown()), nextCursor: z.string().nullable() });

const shared = shareGatehouse();

let listsOf: Lists;
beforeAll(async () => {
  listsOf = await makeLists(shared());
});

function find({ procedure }: Operation): readonly [List, List?] {
  const found = listsOf[procedure];
  if (found === undefined) throw new Error(`Make a list here for ${procedure}`);
  return found;
}

describe.each(transports)("over $name", (transport) => {
  const ask = (operation: Operation, { caller, input }: List, others: object): Promise<Answer> =>
    transport.send(shared().url, operation, { ...input, ...others }, authorize(operation, caller));

  async function cursorOf(operation: Operation, list: List): Promise<string> {
    const { output, text } = await ask(operation, list, { limit: 1 });
    const { nextCursor } = page.parse(output, { error: () => `${operation.procedure} answered ${text}` });
    if (nextCursor === null) throw new Error(`The list of ${operation.procedure} needs more items`);
    return nextCursor;
  }

  test.each(lists)("$procedure goes on with its own cursor, and refuses any other", async (operation) => {
    const [list] = find(operation);
    const cursor = await cursorOf(operation, list);
    expect(page.parse((await ask(operation, list, { limit: 1, cursor })).output).items).toHaveLength(1);
    const unexpected: string[] = [];
    for (const wrong of forge(cursor)) {
      const answer = await ask(operation, list, { cursor: wrong });
      if (!isRefused(transport, answer)) unexpected.push(`${wrong.slice(0, 100)}: ${answer.text}`);
    }
    expect(unexpected).toEqual([]);
  });

  test.each(lists)("$procedure refuses the cursors of every other list", async (operation) => {
    const [list] = find(operation);
    const unexpected: string[] = [];
    for (const other of lists) {
      for (const foreign of find(other).filter((candidate) => candidate !== list)) {
        if (foreign === undefined) continue;
        const answer = await ask(operation, list, { cursor: await cursorOf(other, foreign) });
        if (!isRefused(transport, answer)) unexpected.push(`${other.procedure}: ${answer.text}`);
      }
    }
    expect(unexpected).toEqual([]);
  });

  test.each(lists)("$procedure takes every text that a filter allows as an ordinary one", async (operation) => {
    const [list] = find(operation);
    const filters = Object.entries(operation.fields).filter(
      ([name]) => name !== "cursor" && name !== "limit" && !operation.pathParameters.includes(name),
    );
    for (const [name, schema] of filters) {
      for (const text of hostileTexts) {
        const answer = await ask(operation, list, { [name]: text });
        const what = [operation.procedure, name, text.slice(0, 20)];
        const isAllowed = name === "search" || z.safeParse(schema, text).success;
        expect([...what, answer.status]).toEqual([...what, isAllowed ? 200 : 400]);
        if (isAllowed) expect(page.parse(answer.output).items.length).toBeLessThanOrEqual(20);
        else expectRefusal(transport, answer);
      }
    }
  });
});

/** Positions that no list has: of lists by id, and of those in another order. */
const oddPositions = [
  ...[
    "",
    "0x1",
    "1.5",
    "-1",
    "NaN",
    "9223372036854775808",
    "9".repeat(30),
    "\0",
    "1;",
    "🦄",
    "1 ",
    " 1",
    "1\n",
    "1 \0",
  ],
  ...["x 2026-11-30 08:25:45+00", "1 soon", "1 infinity", "1 2026-02-30 08:25:45+00", "1 99999-01-01 00:00:00+00"],
];

test.each(lists)(
  "$procedure refuses a cursor that our own key sealed but that holds no position",
  async (operation) => {
    const [transport] = transports;
    const { gatehouse, url } = shared();
    const isOrdered = operation.procedure === "user.list";
    for (const { caller, input } of find(operation).filter((list) => list !== undefined)) {
      const askFor = async (position: string) => {
        vi.spyOn(gatehouse.deps.cursors, "decode").mockReturnValueOnce(position);
        return await transport.send(url, operation, { ...input, cursor: "A" }, authorize(operation, caller));
      };
      expect((await askFor(isOrdered ? "1 2026-11-30 08:25:45.389+00" : "1")).status).toBe(200);
      // An address is any text without a NUL, and empty for an account that has none.
      const isAnyText = input["sort"] === "email";
      for (const position of oddPositions.filter((odd) => !(isAnyText && /^1 (?!\0)/.test(odd)))) {
        expect([position, isRefused(transport, await askFor(position))]).toEqual([position, true]);
      }
    }
  },
);

function isRefused(transport: Transport, answer: Answer): boolean {
  if (answer.status !== 400) return false;
  expectRefusal(transport, answer);
  return answer.code === "INVALID_INPUT" && answer.errors.every(({ path }) => path === "cursor");
}

/** Makes administrators with several of everything that is listed. */
async function makeLists(server: TestGatehouse): Promise<Lists> {
  const [ada, bob] = [await makeOwner(server), await makeOwner(server)];
  const [carol, dave] = [await makeOwner(server), await makeOwner(server)];
  const [group, otherGroup] = [await makeGroup(server, [ada, bob]), await makeGroup(server, [ada, bob])];
  const wanted = { url: "https://webhooks.invalid/hook", events: ["user.created"] } as const;
  const webhook = (await createWebhook(server, ada, wanted)).webhook.id;
  const otherWebhook = (await createWebhook(server, ada, wanted)).webhook.id;
  for (const _delivery of [1, 2]) await registerAccount(server.url);
  for (const _time of [1, 2]) await sendFor({ server, admin: ada }, { audience: { users: [ada.userId] } });
  const ofAda = (input: List["input"] = {}): List => ({ caller: ada, input });
  const own = [ofAda(), { caller: bob, input: {} }] as const;
  // Not Ada's: an operator's list of her sessions is her own list, and their cursors are the same.
  const ofUser = [ofAda({ id: carol.userId }), ofAda({ id: dave.userId })] as const;
  return {
    "auth.sessions.list": own,
    "auth.apiKeys.list": own,
    "auth.passkeys.list": own,
    "auth.securityEvents.list": own,
    "device.list": own,
    "user.list": [ofAda(), ofAda({ sort: "email" })],
    "user.listSessions": ofUser,
    "user.listDevices": ofUser,
    "device.search": [ofAda(), ofAda({ platform: "ios" })],
    "user.listPasskeys": ofUser,
    "role.list": [ofAda()],
    "group.list": [ofAda()],
    "group.members.list": [ofAda({ id: group }), ofAda({ id: otherGroup })],
    "webhook.list": [ofAda()],
    "notification.list": [ofAda()],
    "webhook.deliveries.list": [ofAda({ id: webhook }), ofAda({ id: otherWebhook })],
    "audit.list": [ofAda(), ofAda({ action: "user.created" })],
  };
}

async function makeOwner(server: TestGatehouse): Promise<Account> {
  const owner = await registerProvenAdmin(server);
  for (const _time of [1, 2]) {
    await makeApiKey(server.url, owner);
    await addPasskey(server, owner);
    await linkDevice(server.url, owner, { installationId: newInstallationId() });
    await login(server.url, { identifier: owner.email, password: owner.password });
  }
  return owner;
}

async function makeGroup(server: TestGatehouse, [admin, other]: readonly [Account, Account]): Promise<string> {
  const id = await createGroup(server.url, admin);
  for (const { userId } of [admin, other]) await addMember(server.url, admin, { id, userId });
  return id;
}
