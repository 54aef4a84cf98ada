import { describe, expect, test } from "vitest";
import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { type CallerKind, callers, isAdmitted } from "../support/access.ts";
import { giveRoles, registerWithRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import type { TestGatehouse } from "../support/gatehouse.ts";
import { registerProven } from "../support/links.ts";
import { type ListedProcedure, listProcedures } from "../support/procedures.ts";
import { rest } from "../support/rest.ts";
import { rolesOfNewServer } from "../support/roles.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const procedures = listProcedures(createAppRouter({}));

/** What keeps a caller out, whatever the input is. */
const refusals = ["UNAUTHENTICATED", "ACCESS_TOKEN_INVALID", "FORBIDDEN", "INSUFFICIENT_SCOPE", "STEP_UP_REQUIRED"];

const rolesOf: Readonly<Partial<Record<CallerKind, readonly string[]>>> = { support: ["support"], admin: ["admin"] };

/** The token of a new caller; none for nobody. Each call has its own, as it may end the session. */
async function tokenOf(server: TestGatehouse, caller: CallerKind, { meta }: ListedProcedure): Promise<string[]> {
  if (caller === "nobody") return [];
  if (!caller.startsWith("key")) return [(await registerWithRoles(server, rolesOf[caller] ?? [])).accessToken];
  const owner = await registerProven(server);
  // Only somebody who has a permission can make a key with it, so the owner of every key has it then.
  await giveRoles(server, owner.userId, ["admin"]);
  const { secret } = await makeApiKey(server.url, owner, { scopes: [meta.scope ?? "profile:read"] });
  if (caller === "key of a user") await giveRoles(server, owner.userId, []);
  return [secret];
}

/** The code of the answer to a call whose input no procedure accepts, or, where none is taken, without one. */
async function codeOf(server: TestGatehouse, { procedure, type, fields }: ListedProcedure, tokens: readonly string[]) {
  const takesInput = Object.keys(fields).length > 0;
  const input = JSON.stringify({ json: { "no such field": 1 } });
  const isMutation = type === "mutation";
  const query = takesInput && !isMutation ? `?input=${encodeURIComponent(input)}` : "";
  const headers = tokens[0] === undefined ? {} : { authorization: `Bearer ${tokens[0]}` };
  const request = isMutation ? { body: takesInput ? input : "{}", headers } : { headers };
  const path = `/rpc/${procedure}${query}`;
  return type === "subscription"
    ? await codeOfStream(server, path, headers)
    : (await rest(server.url, path, request)).body.error?.json.data.code;
}

/** The code in the events of a stream: whom it admits, it tells what is wrong with the input. */
async function codeOfStream(server: TestGatehouse, path: string, headers: Readonly<Record<string, string>>) {
  const response = await fetch(new URL(path, server.url), { headers: { accept: "text/event-stream", ...headers } });
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    const [, code] = /"code":"([A-Z_]+)"/.exec(text) ?? [];
    if (code !== undefined) return code;
  }
  return undefined;
}

describe("every procedure admits whom docs/permissions.md says, and nobody else", async () => {
  const roles = await rolesOfNewServer();
  const server = shareGatehouse();

  test.each(callers)("%s", async (caller) => {
    // Besides the last administrator, who would keep the role.
    await registerWithRoles(server());
    for (const procedure of procedures) {
      const code = await codeOf(server(), procedure, await tokenOf(server(), caller, procedure));
      const isRefused = refusals.includes(code ?? "");
      expect([procedure.procedure, code, !isRefused]).toEqual([
        procedure.procedure,
        code,
        isAdmitted(procedure, caller, roles),
      ]);
    }
  });
});
