import { describe, expect, test } from "vitest";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { registerWithRoles } from "../support/administrators.ts";
import { addMember, createGroup, deleteGroup, removeMember } from "../support/groups.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

describe("the members of a group", () => {
  const server = shareGatehouse({ environment: { JOBS: "off" } });
  const list = (id: string, token: string, query = "") =>
    rest(server().url, `/v1/groups/${id}/members?${query}`, { token });
  const addMany = (id: string, token: string, userIds: readonly string[]) =>
    rest(server().url, `/v1/groups/${id}/members`, { token, body: { userIds } });

  test("are added once and removed once", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const { userId, email } = await registerAccount(url);
    const id = await createGroup(url, admin);
    for (const _time of [1, 2]) expect((await addMember(url, admin, { id, userId })).status).toBe(204);
    expect((await list(id, admin.accessToken)).body).toMatchObject({ items: [{ userId, email }], nextCursor: null });
    expect((await removeMember(url, admin, { id, userId })).status).toBe(204);
    expect((await removeMember(url, admin, { id, userId })).status).toBe(404);
    expect((await list(id, admin.accessToken)).body.items).toEqual([]);
  });

  test("are users that there are, in a group that there is", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const id = await createGroup(url, admin);
    const nobody = crypto.randomUUID();
    expect((await addMember(url, admin, { id, userId: nobody })).status).toBe(404);
    expect((await addMember(url, admin, { id: nobody, userId: admin.userId })).status).toBe(404);
    expect((await list(nobody, admin.accessToken)).status).toBe(404);
    expect(await addMany(id, admin.accessToken, [admin.userId, nobody])).toMatchObject({
      status: 400,
      body: { errors: [{ path: "userIds.1" }] },
    });
    expect((await list(id, admin.accessToken)).body.items).toEqual([]);
  });

  test("are added and listed by the thousand", async () => {
    const admin = await registerWithRoles(server());
    const id = await createGroup(server().url, admin);
    const { rows } = await runSql(
      server().gatehouse.deps.db,
      `insert into "user" (public_id, email, email_canonical, locale, status, roles, created_at, updated_at)
        select gen_random_uuid(), n || '@members.example', n || '@members.example', 'en', 'active', '{}', now(), now()
        from generate_series(1, 1000) n returning public_id::text`,
    );
    const userIds = (rows as readonly { public_id: string }[]).map((row) => row.public_id);
    expect((await addMany(id, admin.accessToken, userIds)).body).toEqual({ added: 1000 });
    expect((await addMany(id, admin.accessToken, userIds)).body).toEqual({ added: 0 });
    const first = (await list(id, admin.accessToken, "limit=999")).body;
    expect(first.items).toHaveLength(999);
    const second = (await list(id, admin.accessToken, `limit=1000&cursor=${first.nextCursor}`)).body;
    expect(second).toMatchObject({ items: [{ userId: expect.any(String) }], nextCursor: null });
    const listed = [...first.items, ...second.items].map(({ userId }) => userId);
    expect(new Set(listed)).toEqual(new Set(userIds));
    expect((await list(id, admin.accessToken, "limit=1001")).status).toBe(400);
  });

  test("are listed by a cursor of this group alone", async () => {
    const { url } = server();
    const admin = await registerWithRoles(server());
    const other = await registerAccount(url);
    const [one, two] = [await createGroup(url, admin), await createGroup(url, admin)];
    for (const id of [one, two]) await addMany(id, admin.accessToken, [admin.userId, other.userId]);
    const { nextCursor } = (await list(one, admin.accessToken, "limit=1")).body;
    expect((await list(one, admin.accessToken, `cursor=${nextCursor}`)).body.items).toHaveLength(1);
    expect((await list(two, admin.accessToken, `cursor=${nextCursor}`)).status).toBe(400);
    expect((await list(one, admin.accessToken, "cursor=forged")).status).toBe(400);
  });

  test("each change is an event about the user, and a repeated one is none", async () => {
    const { url, gatehouse } = server();
    const admin = await registerWithRoles(server());
    const { userId } = await registerAccount(url);
    const id = await createGroup(url, admin);
    for (const _time of [1, 2]) await addMember(url, admin, { id, userId });
    await removeMember(url, admin, { id, userId });
    const events = await runSql(
      gatehouse.deps.db,
      `select action, actor_id::text, personal->'details'->>'groupId' as group_id from audit_event
        where target_id = '${userId}' and action like 'group.%' order by id`,
    );
    const by = { actor_id: admin.userId, group_id: id };
    expect(events.rows).toEqual([
      { action: "group.member_added", ...by },
      { action: "group.member_removed", ...by },
    ]);
  });

  test("none is left of a group that is deleted while members are added", async () => {
    const { url, gatehouse } = server();
    const admin = await registerWithRoles(server());
    const users = await Promise.all(Array.from({ length: 3 }, () => registerAccount(url)));
    for (let round = 0; round < 5; round++) {
      const id = await createGroup(url, admin);
      const [deletion, ...additions] = await Promise.all([
        deleteGroup(url, admin, id),
        ...users.map(({ userId }) => addMember(url, admin, { id, userId })),
      ]);
      expect(deletion.status).toBe(204);
      for (const { status } of additions) expect([204, 404]).toContain(status);
    }
    const { rows } = await runSql(
      gatehouse.deps.db,
      `select from group_member where group_id not in (select id from "group")`,
    );
    expect(rows).toEqual([]);
  });
});
