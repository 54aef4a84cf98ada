import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { createRole, giveRoles } from "../support/administrators.ts";
import { makeApiKey } from "../support/api-keys.ts";
import { authorize, type Operation, operations, restTransport } from "../support/calls.ts";
import { newInstallationId } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { codeIn, receive, receiveToken } from "../support/mailbox.ts";
import { type Account, registerAccount, rest } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

/** An account with an installation that is linked to it; addresses and ids are new, since the tests share a server. */
interface Caller extends Account {
  readonly installationId: string;
}

const anyAddress = () => `${crypto.randomUUID()}@example.com`;

let lastPhone = 600_123_000;

/** A Spanish mobile number that nobody has. */
function anyPhone(): string {
  lastPhone += 1;
  return `+34${lastPhone}`;
}

/** Of each operation an input that succeeds; one that is added without an entry here fails the tests. */
const inputs: Readonly<Record<string, (caller: Caller, server: TestGatehouse) => unknown>> = {
  ping: () => undefined,
  "auth.register": () => ({ email: anyAddress(), password: "correct horse battery", birthDate: "1906-12-09" }),
  "auth.login": ({ email, password }) => ({
    identifier: email,
    password,
    device: { installationId: newInstallationId(), platform: "web" },
  }),
  "auth.token": () => ({ remember: false }),
  "auth.refresh": ({ refreshToken }) => ({ refreshToken, attemptKey: crypto.randomUUID() }),
  "auth.logout": () => undefined,
  "auth.logoutAll": () => undefined,
  "auth.status": () => undefined,
  "auth.sessions.list": () => ({ limit: 1 }),
  "auth.sessions.revoke": async ({ accessToken: token }, server) => ({
    id: (await rest(server.url, "/v1/auth/status", { token })).body.session.id,
  }),
  "auth.createSubscriptionTicket": () => undefined,
  "auth.password.change": ({ password }) => ({ currentPassword: password, newPassword: "another horse staple" }),
  "auth.password.forgot": ({ email }) => ({ email }),
  "auth.password.reset": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    return { token: await receiveToken(server, email, "reset-password"), password: "another horse staple" };
  },
  "auth.email.sendVerification": () => undefined,
  "auth.email.verify": async ({ email }, server) => ({ token: await receiveToken(server, email, "verify-email") }),
  "auth.password.inspect": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/password/forgot", { body: { email } });
    return { token: await receiveToken(server, email, "reset-password") };
  },
  "auth.email.inspect": async ({ email }, server) => ({ token: await receiveToken(server, email, "verify-email") }),
  "auth.sudo": ({ password }) => ({ password }),
  "auth.email.change": () => ({ email: anyAddress() }),
  "auth.email.undoChange": async ({ email, accessToken: token }, server) => {
    const verify = async (to: string, template: string) =>
      rest(server.url, "/v1/auth/email/verify", {
        body: { token: await receiveToken(server, to, template), requestedBy: "me" },
      });
    const another = `${crypto.randomUUID()}@example.org`;
    await verify(email, "verify-email");
    await rest(server.url, "/v1/auth/email/change", { token, body: { email: another } });
    await verify(another, "confirm-email-change");
    return { token: await receiveToken(server, email, "email-changed") };
  },
  "auth.magicLink.send": ({ email }) => ({ email }),
  "auth.magicLink.verify": async ({ email }, server) => {
    await rest(server.url, "/v1/auth/magic-link", { body: { email } });
    return { token: await receiveToken(server, email, "magic-link") };
  },
  "auth.phone.sendCode": () => ({ phone: "600 12 34 56", country: "ES" }),
  "auth.phone.verify": async ({ accessToken: token }, server) => {
    const phone = anyPhone();
    await rest(server.url, "/v1/auth/phone", { token, body: { phone } });
    return { code: codeIn(await receive(server, phone, "phone-code")) };
  },
  "auth.apiKeys.list": () => ({ limit: 1 }),
  "auth.apiKeys.create": async (account, server) => {
    await proveAddress(account, server);
    return { name: "Nightly export", scopes: ["profile:read"] };
  },
  "auth.apiKeys.revoke": async (account, server) => {
    await proveAddress(account, server);
    return { id: (await makeApiKey(server.url, account)).id };
  },
  "user.me": () => undefined,
  "user.update": () => ({ givenName: "Ada", familyName: null }),
  "user.setRoles": ({ userId }) => ({ id: userId, roles: ["admin", "support"] }),
  "role.list": () => ({ limit: 1 }),
  "role.create": () => ({ name: anyRole(), permissions: ["role:read"] }),
  "role.update": async (account, server) => {
    const name = anyRole();
    await createRole(server.url, account, { name, permissions: [] });
    return { name, description: "Reads the roles", permissions: ["role:read"] };
  },
  "role.delete": async (account, server) => {
    const name = anyRole();
    await createRole(server.url, account, { name, permissions: [] });
    return { name };
  },
  "device.register": () => ({ installationId: newInstallationId(), platform: "ios", pushToken: "push" }),
  "device.link": () => ({ installationId: newInstallationId(), platform: "android" }),
  "device.list": () => ({ limit: 1 }),
  "device.unlink": ({ installationId }) => ({ installationId }),
};

async function registerCaller(server: TestGatehouse): Promise<Caller> {
  const installationId = newInstallationId();
  const account = await registerAccount(server.url, { device: { installationId, platform: "ios" } });
  return { ...account, installationId };
}

const anyRole = () => `role-${crypto.randomUUID().slice(0, 8)}`;

async function proveAddress({ email }: Account, server: TestGatehouse): Promise<void> {
  const token = await receiveToken(server, email, "verify-email");
  await rest(server.url, "/v1/auth/email/verify", { body: { token, requestedBy: "me" } });
}

async function call(server: TestGatehouse, operation: Operation) {
  const account = await registerCaller(server);
  if (operation.meta.permission !== undefined) await giveRoles(server, account.userId, ["admin"]);
  const input = inputs[operation.procedure];
  if (input === undefined) throw new Error(`Give ${operation.procedure} an input here that succeeds`);
  return await restTransport.send(server.url, operation, await input(account, server), authorize(operation, account));
}

const fetchDocument = async ({ url }: TestGatehouse) => (await rest(url, "/openapi.json")).body;

/** The document's part at this path. */
const pointer = (...path: readonly string[]) =>
  `#/${path.map((part) => encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"))).join("/")}`;

/** Judges bodies by the document itself, in JSON Schema's dialect of OpenAPI 3.1. */
function openJudge(document: object) {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(document, "document");
  return ({ rest: { method, path } }: Operation, status: number, mediaType: string, body: unknown) => {
    const address = pointer(
      "paths",
      path,
      method.toLowerCase(),
      "responses",
      String(status),
      "content",
      mediaType,
      "schema",
    );
    ajv.validate({ $ref: `document${address}` }, body);
    return ajv.errors ?? [];
  };
}

describe("the document at /openapi.json", () => {
  const shared = shareGatehouse({ environment: { DOCS: "on" } });
  let judge: ReturnType<typeof openJudge>;

  beforeAll(async () => {
    judge = openJudge(await fetchDocument(shared()));
  });

  test("is valid OpenAPI 3.1", async () => {
    const server = shared();
    const document = await fetchDocument(server);
    expect(document.openapi).toMatch(/^3\.1\.\d+$/);
    expect(await new Validator().validate(document)).toMatchObject({ valid: true });
  });

  test("contains exactly the operations that are served", async () => {
    const server = shared();
    const { paths } = await fetchDocument(server);
    const documented = Object.entries<object>(paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = operations.map(({ rest: { method, path } }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(served.toSorted());
    for (const address of documented) {
      const [method = "", path = ""] = address.split(" ");
      const { status } = await rest(server.url, path.replaceAll(/[{}]/g, ""), { method });
      expect([address, status === 404 || status === 405]).toEqual([address, false]);
    }
  });

  test.each(operations)("describes the successful answer of $procedure", async (operation) => {
    const server = shared();
    const document = await fetchDocument(server);
    const { responses } = document.paths[operation.rest.path][operation.rest.method.toLowerCase()];
    const answer = await call(server, operation);
    const forms = operation.procedure === "auth.register" ? ["201", "202"] : [String(answer.status)];
    expect(Object.keys(responses).filter((status) => status.startsWith("2"))).toEqual(forms);
    if (answer.status === 204) {
      expect([answer.text, responses[204].content]).toEqual(["", undefined]);
      return;
    }
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(judge(operation, answer.status, "application/json", answer.output)).toEqual([]);
  });

  test.each(operations)("describes the refusals of $procedure", async (operation) => {
    const server = shared();
    const account = await registerCaller(server);
    const unknown = { ...Object.fromEntries(operation.pathParameters.map((name) => [name, "x"])), unknown: "x" };
    const refusals = [
      await restTransport.send(server.url, operation, unknown, authorize(operation, account)),
      await restTransport.send(server.url, operation, await inputs[operation.procedure]?.(account, server)),
    ].filter(({ status }) => status >= 400);
    expect(refusals.length).toBeGreaterThan(0);
    for (const { status, text } of refusals) {
      expect(judge(operation, status, "application/problem+json", JSON.parse(text))).toEqual([]);
    }
  });

  test("describes the two successful answers of a registration separately", async () => {
    await using server = await startGatehouse({ environment: { REGISTRATION_MODE: "verified" } });
    const register = operations.find(({ procedure }) => procedure === "auth.register");
    if (register === undefined) throw new Error("There is no auth.register");
    const body = { email: "ada@example.com", password: "correct horse battery" };
    const answer = await restTransport.send(server.url, register, body);
    expect(answer.status).toBe(202);
    expect(judge(register, 202, "application/json", answer.output)).toEqual([]);
    expect(judge(register, 201, "application/json", answer.output)).not.toEqual([]);
  });

  test("says what each operation requires: an access token, the cookie or a key with a scope, HTTP Basic or nothing", async () => {
    const server = shared();
    const { paths, components } = await fetchDocument(server);
    const needs = operations.map(({ procedure, rest: { method, path } }) => [
      procedure,
      paths[path][method.toLowerCase()].security,
    ]);
    expect(Object.fromEntries(needs)).toMatchObject({
      ping: [],
      "auth.login": [],
      "auth.token": [{ basic: [] }],
      "auth.status": [{ bearer: [] }, { cookie: [] }],
      "user.me": [{ bearer: [] }, { cookie: [] }, { apiKey: ["profile:read"] }],
      "device.unlink": [{ bearer: [] }, { cookie: [] }, { apiKey: ["device:write"] }],
    });
    expect(Object.keys(components.securitySchemes).toSorted()).toEqual(["apiKey", "basic", "bearer", "cookie"]);
  });

  test("describes inputs as they are validated: names, bounds and required fields", async () => {
    const server = shared();
    const { paths } = await fetchDocument(server);
    for (const operation of operations.filter(({ takesInput }) => takesInput)) {
      const { parameters = [], requestBody } = paths[operation.rest.path][operation.rest.method.toLowerCase()];
      const body = requestBody?.content["application/json"].schema.properties ?? {};
      const named = [...parameters.map(({ name }: { name: string }) => name), ...Object.keys(body)];
      expect([operation.procedure, named.toSorted()]).toEqual([
        operation.procedure,
        Object.keys(operation.fields)
          .map((field) => operation.headers.get(field) ?? field)
          .toSorted(),
      ]);
    }
    const [limit] = paths["/v1/devices"].get.parameters.filter(({ name }: { name: string }) => name === "limit");
    expect(limit).toMatchObject({ in: "query", schema: { type: "integer", minimum: 1, maximum: 100, default: 20 } });
    expect(limit.required ?? false).toBe(false);
  });

  test("names the public URL of the server", async () => {
    await using server = await startGatehouse({
      environment: { DOCS: "on", PUBLIC_URL: "https://accounts.example.com" },
    });
    expect((await fetchDocument(server)).servers).toEqual([{ url: "https://accounts.example.com" }]);
  });
});
