import type { Client } from "pg";
import { searchedNames } from "./accounts.ts";
import {
  getUser,
  type ListedRow,
  listBehind,
  listNewest,
  type Place,
  pageSize,
  renameUser,
  search,
  searchSymbols,
} from "./by-hand.ts";
import type { RestRequest } from "./rest-caller.ts";

/** An account in the middle of the table that a call is about. */
export interface Target extends Place {
  readonly publicId: string;
  /** A part of the address, in the middle of it. */
  readonly addressPart: string;
  /** Lets the server list the accounts behind this one. */
  readonly cursor: string;
}

/** A call of an administrator, and what it asks PostgreSQL, written by hand. */
export interface Operation {
  readonly title: string;
  readonly isSearch: boolean;
  /** `call` numbers the calls. */
  request(target: Target, call: number): RestRequest;
  /** Returns the rows of a list, to be compared with the server's. */
  byHand(client: Client, target: Target, call: number): Promise<readonly ListedRow[] | undefined>;
}

const list = (parameters: Readonly<Record<string, string>>): RestRequest => ({
  method: "GET",
  path: `/v1/users?${new URLSearchParams({ limit: String(pageSize), ...parameters })}`,
});

function searchFor(what: string, term: (target: Target) => string, find = search): Operation {
  return {
    title: `search: ${what}`,
    isSearch: true,
    request: (target) => list({ search: term(target) }),
    byHand: (client, target) => find(client, term(target)),
  };
}

/** The calls that are measured, in this order: those that change accounts are last. */
export const operations: readonly Operation[] = [
  {
    title: "`user.list`, first page",
    isSearch: false,
    request: () => list({}),
    byHand: (client) => listNewest(client),
  },
  {
    title: "`user.list`, a page in the middle",
    isSearch: false,
    request: ({ cursor }) => list({ cursor }),
    byHand: (client, target) => listBehind(client, target),
  },
  searchFor("a part of an address", ({ addressPart }) => addressPart),
  searchFor("a name of three accounts", () => searchedNames.rare),
  searchFor("a name of one account in 300", () => searchedNames.uncommon),
  searchFor("a name of one account in 16", () => searchedNames.common),
  searchFor("a domain of 25,000 old accounts", () => searchedNames.formerDomain),
  searchFor("a text that nobody has", () => searchedNames.unknown),
  searchFor("a text that nobody has, of trigrams that many have", () => searchedNames.reversed),
  searchFor("`%`", () => "%", searchSymbols),
  {
    title: "`user.get`",
    isSearch: false,
    request: ({ publicId }) => ({ method: "GET", path: `/v1/users/${publicId}` }),
    byHand: async (client, { publicId }) => void (await getUser(client, publicId)),
  },
  {
    title: "`user.adminUpdate`",
    isSearch: false,
    request: ({ publicId }, call) => ({
      method: "PATCH",
      path: `/v1/users/${publicId}`,
      body: { familyName: `Called ${call}` },
    }),
    byHand: async (client, { publicId }, call) =>
      void (await renameUser(client, { publicId, familyName: `By hand ${call}` })),
  },
];

/** A row of the table of accounts. */
interface TargetRow {
  readonly id: string;
  readonly public_id: string;
  readonly email: string;
  readonly created_at: string;
}

/** Chooses accounts in the middle fifth of the table, in a random order. */
export async function chooseTargets(client: Client, count: number): Promise<readonly TargetRow[]> {
  const { rows } = await client.query<TargetRow>(
    `select id::text, public_id, email, created_at::text from "user"
    where id between (select max(id) * 0.4 from "user") and (select max(id) * 0.6 from "user")
    order by random() limit $1`,
    [count],
  );
  return rows;
}

/** The place of an account in the list of the newest, as the server's cursors have it. */
export function placeOf({ id, created_at }: TargetRow): { readonly list: string; readonly position: string } {
  return { list: "users:-createdAt:{}", position: `${id} ${created_at}` };
}

/** The account as a target of calls. */
export function toTarget({ id, public_id, email, created_at }: TargetRow, cursor: string): Target {
  return { id, publicId: public_id, createdAt: created_at, cursor, addressPart: email.slice(2, -4) };
}
