import { describe, expect, test } from "vitest";
import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { setUpEvents } from "../../packages/server/src/auth/email/set-up.ts";
import { runSql } from "../../packages/server/src/database/run-sql.ts";
import { createTestDatabase, postgresUnreachable } from "../support/database.ts";
import { startGatehouse } from "../support/gatehouse.ts";
import { withPhones } from "../support/phone-accounts.ts";
import { listProcedures } from "../support/procedures.ts";
import { registerAccount } from "../support/rest.ts";
import { share } from "../support/shared-gatehouse.ts";
import { LocalProvider } from "../support/social/provider.ts";
import { google } from "../support/social/sign-in.ts";
import { withUsernames } from "../support/usernames.ts";
import { insideReceivers } from "../support/webhooks.ts";
import { addressScenarios, phoneScenarios } from "./scenarios/addresses.ts";
import { administrationScenarios, userScenarios } from "./scenarios/administration.ts";
import { apiKeyScenarios } from "./scenarios/api-keys.ts";
import { deviceScenarios } from "./scenarios/devices.ts";
import { groupScenarios } from "./scenarios/groups.ts";
import { identityScenarios } from "./scenarios/identities.ts";
import { notificationScenarios } from "./scenarios/notifications.ts";
import { passkeyFactorScenarios } from "./scenarios/passkey-factors.ts";
import { passkeyScenarios } from "./scenarios/passkeys.ts";
import { passwordScenarios } from "./scenarios/passwords.ts";
import { profileScenarios } from "./scenarios/profile.ts";
import { secondFactorScenarios } from "./scenarios/second-factors.ts";
import { sessionScenarios } from "./scenarios/sessions.ts";
import { webhookScenarios } from "./scenarios/webhooks.ts";
import { expectScenario, recordOf, type Scenario, type Scene } from "./scene.ts";

/** Every mutation has a scenario here; scenarios of further slices are added to the list. */
const scenarios: readonly Scenario[] = [
  ...secondFactorScenarios,
  ...passkeyFactorScenarios,
  ...sessionScenarios,
  ...apiKeyScenarios,
  ...passkeyScenarios,
  ...passwordScenarios,
  ...addressScenarios,
  ...phoneScenarios,
  ...profileScenarios,
  ...deviceScenarios,
  ...administrationScenarios,
  ...userScenarios,
  ...groupScenarios,
  ...webhookScenarios,
  ...notificationScenarios,
  ...identityScenarios,
];

const mutations = listProcedures(createAppRouter({})).filter(({ type }) => type === "mutation");

function declaredActions(procedure: string): readonly string[] {
  const audit = mutations.find((mutation) => mutation.procedure === procedure)?.meta.audit;
  return audit === undefined || "none" in audit ? [] : audit;
}

const environment = { TRUSTED_PROXIES: "loopback", ...withUsernames, ...withPhones, ...insideReceivers };

async function openScene(): Promise<Scene & AsyncDisposable & { readonly secrets: ReadonlySet<string> }> {
  await using owned = new AsyncDisposableStack();
  const database = owned.use(await createTestDatabase());
  const local = owned.use(await LocalProvider.start());
  const social = { ...environment, ...local.environment([google]) };
  const server = owned.use(await startGatehouse({ database, environment: social }));
  const verified = { ...environment, REGISTRATION_MODE: "verified", REGISTRATION_IDENTIFIERS: "email", JOBS: "off" };
  const verifiedMode = owned.use(await startGatehouse({ database, environment: verified }));
  const opened = owned.move();
  const secrets = new Set<string>();
  const keepSecret = (secret: string) => {
    secrets.add(secret);
    return secret;
  };
  return { server, verifiedMode, keepSecret, secrets, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

test("every mutation says what it records, or why nothing", () => {
  expect(mutations.filter(({ meta }) => meta.audit === undefined).map(({ procedure }) => procedure)).toEqual([]);
});

test("every mutation has a scenario below", () => {
  const performed = new Set(scenarios.map(({ procedure }) => procedure));
  expect(mutations.map(({ procedure }) => procedure).filter((procedure) => !performed.has(procedure))).toEqual([]);
});

describe.skipIf(postgresUnreachable)("a mutation records in its own transaction what it did, and who did it", () => {
  const scene = share(openScene);
  const seen = new Map<string, string[]>();

  test.each(scenarios.map((scenario) => ({ ...scenario, title: titleOf(scenario) })))("$title", async (scenario) => {
    const actions = await expectScenario(scene(), scenario);
    for (const action of actions) expect(declaredActions(scenario.procedure)).toContain(action);
    seen.set(scenario.procedure, [...(seen.get(scenario.procedure) ?? []), ...actions]);
  });

  test("what a procedure declares, it records in one of the scenarios", () => {
    const endings: readonly string[] = setUpEvents;
    const recordedAnywhere = new Set([...seen.values()].flat());
    const missing = mutations.flatMap(({ procedure }) =>
      declaredActions(procedure)
        // What ends when an address is proven is one function, whichever call proves it.
        .filter((action) => !(endings.includes(action) ? recordedAnywhere : new Set(seen.get(procedure))).has(action))
        .map((action) => `${procedure}: ${action}`),
    );
    expect(missing).toEqual([]);
  });

  test("a call that fails after it wrote its event leaves none", async () => {
    const { email: identifier, password } = await registerAccount(scene().server.url);
    const login = { path: "/v1/auth/login", body: { identifier, password }, events: () => [] };
    const { answer, events } = await recordOf(scene(), { ...login, server: scene().verifiedMode });
    expect([answer.status, answer.body.code, events]).toEqual([403, "EMAIL_NOT_VERIFIED", []]);
  });

  test("no password, token, code or key of the scenarios is in the log", async () => {
    const { server, secrets } = scene();
    const { rows } = await runSql(server.gatehouse.deps.db, "select audit_event::text as event from audit_event");
    const log = rows.map((row) => JSON.stringify(row)).join("\n");
    expect(secrets.size).toBeGreaterThan(30);
    expect([...secrets].filter((secret) => log.includes(secret))).toEqual([]);
  });
});

function titleOf({ procedure, when }: Scenario): string {
  return when === undefined ? procedure : `${procedure}: ${when}`;
}
