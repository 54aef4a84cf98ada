// A script to move users once: inserts the lines of a file in batches, and checks none of them.
import { randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { Client } from "pg";

interface Line {
  readonly email: string;
  readonly username: string;
  readonly givenName: string;
  readonly familyName: string;
  readonly birthDate: string;
  readonly locale: string;
  readonly emailVerified: boolean;
  readonly createdAt: string;
  readonly passwordHash: string;
}

const batchLines = 1000;
const [file = ""] = process.argv.slice(2);

const client = new Client(process.env["DATABASE_URL"]);
await client.connect();
let batch: Line[] = [];
for await (const line of createInterface({ input: createReadStream(file) })) {
  batch.push(JSON.parse(line));
  if (batch.length === batchLines) {
    await insert(batch);
    batch = [];
  }
}
if (batch.length > 0) await insert(batch);
await client.end();

async function insert(lines: readonly Line[]): Promise<void> {
  const now = new Date();
  const users = lines.map((line) => [
    randomUUID(),
    line.email,
    line.email.toLowerCase(),
    line.username,
    line.username.toLowerCase(),
    line.givenName,
    line.familyName,
    line.birthDate,
    line.locale,
    line.emailVerified ? now : null,
    line.createdAt,
  ]);
  await client.query("begin");
  const { rows } = await client.query<{ id: string }>(
    `insert into "user" (public_id, email, email_canonical, username, username_canonical, given_name, family_name,
      birth_date, locale, email_verified_at, created_at, status, roles, updated_at)
    values ${placeholders(users, ", 'active', '{}', now()")} returning id`,
    users.flat(),
  );
  const passwords = lines.map((line, index) => [rows[index]?.id, line.passwordHash]);
  await client.query(
    `insert into password (user_id, hash, created_at, updated_at) values ${placeholders(passwords, ", now(), now()")}`,
    passwords.flat(),
  );
  await client.query("commit");
}

function placeholders(rows: readonly (readonly unknown[])[], constants: string): string {
  const width = rows[0]?.length ?? 0;
  const ofRow = (row: number) =>
    Array.from({ length: width }, (_, column) => `$${row * width + column + 1}`).join(", ");
  return rows.map((_, row) => `(${ofRow(row)}${constants})`).join(",\n");
}
