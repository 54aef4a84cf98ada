// `pnpm docs:audit` writes the file.
import { expect, test } from "vitest";
import { auditActions } from "../../packages/server/src/audit/actions.ts";

const guide = `# The audit log

<!-- Generated from packages/server/src/audit/actions.ts and tests/generated/audit-docs.test.ts by \`pnpm docs:audit\`. -->

The audit log says who did what, when and from where. Every mutation writes its event in its own transaction, so there is no
change without its event and no event without its change. [Decision 038](../decisions/038-audit-events.md) says what is recorded
and why, and [decision 042](../decisions/042-the-chain-of-the-audit-log.md) says how tampering is found.

## Read it

- **Operators** with the permission \`audit:read\` list events at \`GET /v1/audit-events\`, and filter them by actor, account,
  target, action and time.
- **Users** list what happened to the security of their own account at \`GET /v1/auth/security-events\`. The list does not tell
  them where administrators call from, nor why.
- \`GET /v1/audit-events/export\` returns all events, the oldest first, as one JSON object a line (\`application/x-ndjson\`). It takes
  the filters of the list and requires the same permission. It is REST alone, since its response is a stream of any length. The
  log records each export. The server breaks the response off if the caller loses the session or the permission meanwhile, so
  treat a response without an end as incomplete.
- \`pnpm gatehouse audit export\` prints the same at the command line.

\`\`\`sh
curl -fOJ "https://accounts.example.com/v1/audit-events/export?from=2030-01-01T00:00:00Z" \\
  -H "Authorization: Bearer $GATEHOUSE_API_KEY"
\`\`\`

An event contains:

- the actor: a user, somebody who is not signed in, an operator at the command line, or a job
- the administrator who acts in the user's name, and the API key, if there is one
- the action, the target, the account that it is about, and the id of the request
- what is personal: network address, user agent, details and changed fields

Passwords, tokens, codes, keys and push tokens are never in an event.

Reads other than exports, refused calls and refreshes are not recorded; a session's row has its last refresh. A request for a mail
is not recorded if the address may have no account, because the record would show whether there is one. Each operation says what
it records (\`meta.audit\`).

## Verify it

A job links new events every minute: it stores a digest of each event and of the link before it. Another job signs the newest
links every hour. It stores this checkpoint, and writes it into the server's log (field \`checkpoint\` of the message
\`audit checkpoint\`), so that it leaves the machine with your log.

\`\`\`sh
pnpm gatehouse audit verify
pnpm gatehouse audit checkpoint >> /mnt/elsewhere/checkpoints.txt
pnpm gatehouse audit key > /mnt/elsewhere/audit.jwks
pnpm gatehouse audit verify --checkpoint /mnt/elsewhere/checkpoints.txt --public-key /mnt/elsewhere/audit.jwks
\`\`\`

| finding | what happened |
|---|---|
| \`edited\` | an event, or what is personal in it, differs from what was linked, or stands in the place of another event |
| \`removed\` | an event is gone, perhaps with its link |
| \`inserted\` | an event was added without a link, or long after the time that it states |
| \`truncated\` | the newest links of a month, or all of them, are gone |
| \`rewritten\` | a month was changed and linked anew |
| \`checkpoint\` | no known key signed a checkpoint, or the checkpoint before it is gone |

The exit code is 1 if anything was found. Run \`audit verify\` every night against what you kept elsewhere, and on a replica if the
log is large. If the database is the embedded one, stop the server first.

What is not protected:

- **New events.** An event can be edited until it is linked, which takes about a minute. A transaction that stays open, such as
  a forgotten prepared one, in any database of the same PostgreSQL delays the links of all later events.
- **False events.** Somebody who can write to the database can add false events from now on, which get links like any other.
- **A thief of the keys.** Somebody who has the database and \`ENCRYPTION_KEYS\` can sign checkpoints. Only the checkpoints and the
  public key that you kept elsewhere show this. Nothing shows that somebody cut off events after the last checkpoint that you
  kept.
- **Erased details.** The log does not show whether an erasure of a user emptied the details of an event, or somebody else did;
  \`audit verify\` counts such events.

## Keep others from changing it

Triggers refuse \`update\`, \`delete\` and \`truncate\`. The owner of the tables can disable triggers, so run the server as a role
that owns nothing, and migrate as the owner (\`pnpm db:migrate\`) before you start a new version:

\`\`\`sql
create role gatehouse_server login password '…';
grant usage on schema public, pgboss to gatehouse_server;
grant select, insert, update, delete on all tables in schema public, pgboss to gatehouse_server;
grant usage on all sequences in schema public, pgboss to gatehouse_server;
revoke update, delete, truncate on audit_event, audit_link from gatehouse_server;
grant update (personal) on audit_event to gatehouse_server;
grant update (salt) on audit_link to gatehouse_server;
\`\`\`

Two jobs, \`link-audit-events\` and \`keep-audit-partitions\`, create and drop partitions, which only the owner may do. So run
a worker (\`pnpm worker\`) as the owner, and the servers with \`JOBS=off\`.

## How long it is kept

The log has a partition for each month. A month is dropped with its links \`AUDIT_RETENTION_DAYS\` (400) after its end; 0 keeps all
months. The event \`audit_log.month_dropped\` records this with a signature, so that \`audit verify\` reports every missing month but
those that the server dropped. When a user is erased, everything personal is erased from the events about the user and by the
user; the events and the chain stay.

## Actions

| action | what happened |
|---|---|
`;

test("docs/guides/audit-log.md describes every action as actions.ts does", async () => {
  const rows = Object.entries(auditActions).map(([action, meaning]) => `| \`${action}\` | ${meaning} |`);
  await expect(`${guide}${rows.join("\n")}\n`).toMatchFileSnapshot("../../docs/guides/audit-log.md");
});
