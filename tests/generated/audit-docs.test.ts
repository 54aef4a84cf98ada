// `pnpm docs:audit` writes the file.
import { expect, test } from "vitest";
import { auditActions } from "../../packages/server/src/audit/actions.ts";

const guide = `# The audit log

<!-- Generated from packages/server/src/audit/actions.ts and tests/generated/audit-docs.test.ts by \`pnpm docs:audit\`. -->

Who did what, when and from where. Every mutation writes its event in its own transaction, so there is no change without its
event and no event without its change. [Decision 038](../decisions/038-audit-events.md) says what is recorded and why, and
[decision 042](../decisions/042-the-chain-of-the-audit-log.md) how tampering is found.

## Read it

- **Operators** list events at \`GET /v1/audit-events\` with the permission \`audit:read\`, by actor, account, target, action and time.
- **Users** list what happened to the security of their own account at \`GET /v1/auth/security-events\`. They are not told where
  administrators call from, nor why.
- \`pnpm gatehouse audit export\` prints all events, or those that its options choose, as one JSON object a line. Its memory does
  not grow with the log.

An event has its actor (a user, somebody who is not signed in, an operator at the command line, or a job), the impersonating
administrator, the API key, the action, the target, the account that it is about, the request's id, and what is personal: address,
user agent, details and changed fields. Passwords, tokens, codes, keys and push tokens are never in it.

Not recorded are refreshes, which the session's row has, reads, refused calls, and requests for mails to an address that may have
no account: whether something was recorded must not show whether there is one. Each operation says what it records
(\`meta.audit\`).

## Verify it

A job links new events every minute: a digest of each event and of the link before it. Another signs the heads of the chain every
hour, stores the checkpoint, and logs it as \`checkpoint\` of the line \`audit checkpoint\`, so that it leaves the machine with your log.

\`\`\`sh
pnpm gatehouse audit verify
pnpm gatehouse audit checkpoint >> /mnt/elsewhere/checkpoints.txt
pnpm gatehouse audit key > /mnt/elsewhere/audit.jwks
pnpm gatehouse audit verify --checkpoint /mnt/elsewhere/checkpoints.txt --public-key /mnt/elsewhere/audit.jwks
\`\`\`

| finding | what happened |
|---|---|
| \`edited\` | an event, or what is personal in it, is not what was linked, or is in another's place |
| \`removed\` | an event is gone, perhaps with its link |
| \`inserted\` | an event was put in past the chain, or long after the time that it states |
| \`truncated\` | the newest links of a month, or all, are gone |
| \`rewritten\` | a month was changed and linked anew |
| \`checkpoint\` | a checkpoint is signed by no known key, or one before it is gone |

The exit code is 1 if anything was found. Run it every night, on a replica if the log is large, against what you kept elsewhere.

**What is not protected.** An event may be edited until it is linked, at most about a minute later. Whoever can write to the database can
add false events from now on; they get links like any other. A transaction that stays open, such as a forgotten prepared one, in any
database of the same PostgreSQL holds back the links of all later events. Somebody who has the database and \`ENCRYPTION_KEYS\` can sign
checkpoints: only those that you kept elsewhere, with the public key, show it. The same holds for what was cut off since
the last checkpoint that you kept. Details that were erased cannot be told from those that somebody erased without a reason;
\`audit verify\` counts them.

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

Two jobs create and drop partitions, \`link-audit-events\` and \`keep-audit-partitions\`: run a worker (\`pnpm worker\`) as the owner and the
servers with \`JOBS=off\`.

## How long it is kept

The log has a partition for each month. \`AUDIT_RETENTION_DAYS\` (400) after its end a month is dropped with its links, which is an
event itself (\`audit_log.month_dropped\`), so that the verification does not miss it. 0 keeps all. When a user is erased, what is
personal in the events about them or by them is erased at once; the events and the chain stay.

## Actions

| action | what happened |
|---|---|
`;

test("docs/guides/audit-log.md describes every action as actions.ts does", async () => {
  const rows = Object.entries(auditActions).map(([action, meaning]) => `| \`${action}\` | ${meaning} |`);
  await expect(`${guide}${rows.join("\n")}\n`).toMatchFileSnapshot("../../docs/guides/audit-log.md");
});
