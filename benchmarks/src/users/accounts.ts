import type { Client } from "pg";

const givenNames = [
  ...["Maria", "Anna", "James", "Olga", "Chen", "Fatima", "David", "Elena", "Ivan", "Sofia", "Lukas", "Aisha", "Peter"],
  ...[
    "Julia",
    "Kenji",
    "Laura",
    "Omar",
    "Nina",
    "Carlos",
    "Emma",
    "Yusuf",
    "Hanna",
    "Tomas",
    "Priya",
    "Marta",
    "Felix",
  ],
  ...["Zoë", "José", "Łukasz", "Jürgen", "Ingrid", "Pavel", "Rosa", "Viktor", "Leila", "Henrik", "Amelie", "Bruno"],
];

/** Beginnings and ends of family names: each of the former goes with each of the latter. */
const familyBeginnings = [
  ...[
    "Berg",
    "Lind",
    "Gold",
    "Stein",
    "Wald",
    "Silver",
    "Hart",
    "Holm",
    "Eken",
    "Rosen",
    "Feld",
    "Kirch",
    "Sand",
    "Nord",
  ],
  ...[
    "Sommer",
    "Winter",
    "Blom",
    "Grön",
    "Eich",
    "Birk",
    "Salz",
    "Korn",
    "Wein",
    "Brand",
    "Adler",
    "Falk",
    "Wolf",
    "Gren",
  ],
];
const familyEnds = [
  ...[
    "mann",
    "ström",
    "son",
    "ova",
    "quist",
    "hoff",
    "er",
    "baum",
    "feld",
    "gren",
    "stad",
    "ley",
    "ski",
    "thal",
    "dahl",
  ],
  ...["wood", "ford", "vik", "hausen", "ton"],
];
const domains = [
  ...["mail.example", "post.example", "inbox.example", "example.com", "example.org", "example.net", "corp.example"],
  ...["uni.example", "web.example", "fast.example"],
];
const locales = ["en", "de", "es-MX", "pt-BR", "fr", "pl"];

/** What accounts are searched by, and how many have it. */
export const searchedNames = {
  /** One account in 16. */
  common: "maria",
  /** One account in 300. */
  uncommon: "Quennell",
  /** Up to 25,000 accounts, of which none is among the newest of a large table. */
  formerDomain: "@former.example",
  /** Three accounts at every size. */
  rare: "Zephyrina",
  /** Nobody. */
  unknown: "xqzwvk",
  /** Nobody, though many have each of its trigrams: given names come before family names. */
  reversed: "son maria",
} as const;

/** The first accounts, of which every other one has an address in the former domain. */
const formerAccounts = 50_000;

const list = (texts: readonly string[]) => `array[${texts.map((text) => `'${text}'`).join(", ")}]`;

/** One of the texts, by a digest of the number and a salt. The first ones are the most frequent if it is skewed. */
function pick(texts: readonly string[], salt: number, skew = 1): string {
  const share = `((hashint8extended(n, ${salt}) & 1048575) / 1048576.0)`;
  return `(${list(texts)})[1 + floor(power(${share}, ${skew}) * ${texts.length})::int]`;
}

/** Rows of `generate_series` with the names of an account each; an apostrophe is in one name of a hundred. */
const named = (from: number, to: number) => `
  select n, case when n in (7, 77, 777) then '${searchedNames.rare}' else ${pick(givenNames, 1, 1.3)} end as given,
    case when n % 300 = 0 then '${searchedNames.uncommon}' when n % 100 = 1 then 'O''' else '' end ||
      case when n % 300 = 0 then '' else ${pick(familyBeginnings, 2)} || ${pick(familyEnds, 3)} end as family,
    case when n <= ${formerAccounts} and n % 2 = 0 then '${searchedNames.formerDomain}' else '@' || ${pick(domains, 4, 2)} end
      as domain
  from generate_series(${from}, ${to}) n`;

const ascii = (name: string) => `lower(translate(${name}, 'ëéŁüöÖ''', 'eeLuoO'))`;

/** As in the migration that added the column. */
const skeleton = (username: string) => `lower(replace(translate(${username}, '01I', 'Oll'), 'm', 'rn'))`;

/** Internal ids of users who register are not above this one. */
const registeredIds = 1000;

const id = `${registeredIds} + n`;

const moment = `timestamptz '2010-01-01' + n * interval '400 seconds'`;

const insertUsers = (from: number, to: number) => `
  with named as (${named(from, to)}),
  addressed as (
    select *, ${ascii("given")} || '.' || ${ascii("family")} || n || domain as email,
      case when n % 10 < 7 then ${ascii("given")} || '_' || n end as username
    from named
  )
  insert into "user" (id, public_id, email, email_canonical, email_verified_at, username, username_canonical,
    username_skeleton, given_name, family_name, birth_date, locale, time_zone, phone, phone_verified_at, status,
    status_reason, roles, created_at, updated_at)
  overriding system value
  select ${id}, gen_random_uuid(), email, email, case when n % 10 > 0 then ${moment} end, username, username,
    ${skeleton("username")}, given, family, date '1950-01-01' + (n % 20000)::int, ${pick(locales, 5)}, 'Europe/Berlin',
    case when n % 3 = 0 then '+49' || 1500000000 + n end, case when n % 3 = 0 then ${moment} end,
    case when n % 200 = 0 then 'disabled' else 'active' end, case when n % 200 = 0 then 'Chargeback ' || n end,
    case when n % 1000 = 0 then '{support}'::text[] else '{}' end, ${moment}, ${moment}
  from addressed order by n`;

const insertPasswords = (from: number, to: number) => `
  insert into password (user_id, hash, created_at, updated_at)
  select ${id}, repeat('h', 97), ${moment}, ${moment} from generate_series(${from}, ${to}) n`;

const insertSessions = (from: number, to: number) => `
  insert into session (public_id, user_id, refresh_key, refresh_counter, rotated_at, remembered, methods, ip, user_agent,
    created_at, last_seen_at, idle_expires_at, expires_at, changed_at)
  select gen_random_uuid(), ${id}, '\\x01'::bytea || sha256(n::text::bytea), 0, ${moment}, true, '{pwd}', '192.0.2.1', 'agent',
    ${moment}, ${moment}, ${moment} + interval '30 days', ${moment} + interval '1 year', ${moment}
  from generate_series(${from}, ${to}) n`;

/** An index that can be made again. */
interface Index {
  readonly name: string;
  readonly definition: string;
}

/** The numbers of accounts, before and after. */
interface Growth {
  readonly from: number;
  readonly to: number;
}

/**
 * Adds accounts, each with a password and a session, until there are so many; those that registered besides do not count. The
 * indexes that no constraint needs are made anew afterwards, which takes a fraction of the time.
 */
export async function addAccounts(client: Client, { from, to }: Growth): Promise<void> {
  const range = [from + 1, to] as const;
  const indexes = await listIndexes(client);
  await client.query("begin");
  await client.query("set local maintenance_work_mem = '512MB'");
  // Without triggers and look-ups of foreign keys for each row.
  await client.query("set local session_replication_role = replica");
  for (const { name } of indexes) await client.query(`drop index ${name}`);
  for (const insert of [insertUsers, insertPasswords, insertSessions]) await client.query(insert(...range));
  for (const { definition } of indexes) await client.query(definition);
  await client.query("commit");
  await client.query("vacuum analyze");
}

async function listIndexes(client: Client): Promise<readonly Index[]> {
  const { rows } = await client.query<Index>(`
    select indexrelid::regclass::text as name, pg_get_indexdef(indexrelid) as definition from pg_index
    where indrelid in ('"user"'::regclass, 'session'::regclass)
      and not exists (select from pg_constraint where conindid = indexrelid)`);
  return rows;
}
