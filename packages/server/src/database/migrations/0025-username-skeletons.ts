import { type Kysely, sql } from "kysely";

/**
 * Usernames that look alike. The expression is `usernameSkeleton` for the characters that usernames have had until now. Of
 * existing users whose names look alike, the oldest account has the skeleton, so that all keep their names.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" add column username_skeleton text`.execute(db);
  await sql`
    with named as (
      select id, lower(replace(translate(username, '01I', 'Oll'), 'm', 'rn')) as skeleton
      from "user" where username is not null
    ),
    ranked as (select id, skeleton, row_number() over (partition by skeleton order by id) as place from named)
    update "user" set username_skeleton = skeleton
    from ranked where ranked.id = "user".id and place = 1`.execute(db);
  await sql`alter table "user" add constraint user_username_skeleton_key unique (username_skeleton)`.execute(db);
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table "user" drop column username_skeleton`.execute(db);
}
