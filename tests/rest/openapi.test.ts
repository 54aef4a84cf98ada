import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { beforeAll, describe, expect, test } from "vitest";
import { giveRoles } from "../support/administrators.ts";
import { type Answer, allOperations, authorize, type Operation, operations, restTransport } from "../support/calls.ts";
import { newInstallationId } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { codeIn, receive } from "../support/mailbox.ts";
import { withPhones } from "../support/phone-accounts.ts";
import { registerAccount, rest } from "../support/rest.ts";
import { shareServerWithProviders } from "../support/social/scene.ts";
import { administrationInputs } from "./accepted-inputs/administration.ts";
import type { AcceptedInputs, Caller } from "./accepted-inputs/caller.ts";
import { notificationInputs } from "./accepted-inputs/notifications.ts";
import { ownAccountInputs } from "./accepted-inputs/own-account.ts";
import { webhookInputs } from "./accepted-inputs/webhooks.ts";

/** An operation that is added without an input here fails the tests. */
const inputs: AcceptedInputs = {
  ...ownAccountInputs,
  ...administrationInputs,
  ...webhookInputs,
  ...notificationInputs,
};

/** The statuses of operations whose success has several. */
const severalForms: Readonly<Record<string, readonly string[]>> = {
  "auth.register": ["201", "202"],
  "auth.upgrade": ["200", "202"],
};

async function registerCaller(server: TestGatehouse): Promise<Caller> {
  const installationId = newInstallationId();
  const account = await registerAccount(server.url, { device: { installationId, platform: "ios" } });
  return { ...account, installationId };
}

async function registerWithAuthority(server: TestGatehouse, { meta }: Operation): Promise<Caller> {
  const account = await registerCaller(server);
  if (meta.permission !== undefined) await giveRoles(server, account.userId, ["admin"]);
  return account;
}

/** Calls with an input that succeeds, by default with the credentials of the account. */
async function call(
  server: TestGatehouse,
  operation: Operation,
  { account, headers = authorize(operation, account) }: { account: Caller; headers?: Record<string, string> },
): Promise<Answer> {
  const accepted = inputs[operation.procedure];
  if (accepted === undefined) throw new Error(`Give ${operation.procedure} an input here that succeeds`);
  const input = await accepted(account, server);
  return input instanceof Uint8Array
    ? await restTransport.sendBody(server.url, operation, Uint8Array.from(input), {
        "content-type": "image/png",
        ...headers,
      })
    : await restTransport.send(server.url, operation, input, headers);
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
  const shared = shareServerWithProviders({ DOCS: "on", ...withPhones });
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
    const served = allOperations.map(({ rest: { method, path } }) => `${method} ${path}`);
    expect(documented.toSorted()).toEqual(served.toSorted());
    for (const address of documented) {
      const [method = "", path = ""] = address.split(" ");
      const { status } = await rest(server.url, path.replaceAll(/[{}]/g, ""), { method });
      expect([address, status === 404 || status === 405]).toEqual([address, false]);
    }
  });

  test.each(allOperations)("describes the successful answer of $procedure", async (operation) => {
    const server = shared();
    const document = await fetchDocument(server);
    const { responses } = document.paths[operation.rest.path][operation.rest.method.toLowerCase()];
    const answer = await call(server, operation, { account: await registerWithAuthority(server, operation) });
    const forms = severalForms[operation.procedure] ?? [String(answer.status)];
    expect(Object.keys(responses).filter((status) => status.startsWith("2"))).toEqual(forms);
    if (answer.status === 204) {
      expect([answer.text, responses[204].content]).toEqual(["", undefined]);
      return;
    }
    expect(answer.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect(judge(operation, answer.status, "application/json", answer.output)).toEqual([]);
  });

  test.each(allOperations)("describes the refusals of $procedure", async (operation) => {
    const server = shared();
    const account = await registerWithAuthority(server, operation);
    const unknown = { ...Object.fromEntries(operation.pathParameters.map((name) => [name, "x"])), unknown: "x" };
    const refusals = [
      await restTransport.send(server.url, operation, unknown, authorize(operation, await registerCaller(server))),
      await restTransport.send(server.url, operation, unknown, authorize(operation, account)),
      await call(server, operation, { account, headers: {} }),
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

  test("describes the answer of a registration by a number, and of its confirmation", async () => {
    await using server = await startGatehouse({ environment: withPhones });
    const find = (wanted: string) => operations.find(({ procedure }) => procedure === wanted);
    const [register, confirm] = [find("auth.register"), find("auth.confirmRegistration")];
    if (register === undefined || confirm === undefined) throw new Error("There is no such procedure");
    const body = { phone: "+34600123456", password: "correct horse battery" };
    const sent = await restTransport.send(server.url, register, body);
    expect([sent.status, judge(register, 202, "application/json", sent.output)]).toEqual([202, []]);
    const code = codeIn(await receive(server, body.phone, "registration-code"));
    const { registration } = sent.output as { readonly registration: string };
    const confirmed = await restTransport.send(server.url, confirm, { registration, code });
    expect([confirmed.status, judge(confirm, 201, "application/json", confirmed.output)]).toEqual([201, []]);
  });

  test("says what each operation requires: an access token, the cookie or a key with a scope, HTTP Basic or nothing", async () => {
    const server = shared();
    const { paths, components } = await fetchDocument(server);
    const needs = allOperations.map(({ procedure, rest: { method, path } }) => [
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

describe("for generated clients, the document", () => {
  const shared = shareServerWithProviders({ DOCS: "on" });

  test("describes every operation", async () => {
    const { paths } = await fetchDocument(shared());
    const all = Object.values<object>(paths).flatMap((item) =>
      Object.values<{ operationId: string; description?: string }>(item as never),
    );
    expect(all.filter(({ description = "" }) => description === "").map(({ operationId }) => operationId)).toEqual([]);
  });

  test("has no union of one form, and a discriminator where forms differ by their status", async () => {
    const document = await fetchDocument(shared());
    const unions: { oneOf: { $ref: string }[]; discriminator?: { propertyName: string; mapping: object } }[] = [];
    JSON.stringify(document.paths, (_key, value) => {
      if (Array.isArray(value?.oneOf)) unions.push(value);
      return value;
    });
    expect(unions.length).toBeGreaterThan(5);
    for (const { oneOf, discriminator } of unions) {
      expect(oneOf.length).toBeGreaterThan(1);
      expect(Object.values(discriminator?.mapping ?? {})).toEqual(oneOf.map(({ $ref }) => $ref));
      for (const [status, reference] of Object.entries(discriminator?.mapping ?? {})) {
        const form = document.components.schemas[String(reference).split("/").at(-1) ?? ""];
        expect([discriminator?.propertyName, form.properties.status.const]).toEqual(["status", status]);
      }
    }
  });

  test("has an answer of its own code and status as the example of each error", async () => {
    const server = shared();
    const { paths, components } = await fetchDocument(server);
    const examples: [status: string, code: string][] = [];
    JSON.stringify(paths, (status, value) => {
      const problem = value?.content?.["application/problem+json"];
      if (problem !== undefined) examples.push(...Object.keys(problem.examples).map((code) => [status, code] as never));
      return value;
    });
    expect(examples.length).toBeGreaterThan(500);
    for (const [status, code] of examples) {
      expect(components.examples[code].value).toMatchObject({ code, status: Number(status) });
    }
    const answer = await rest(server.url, "/v1/users/me");
    const { requestId: _, ...problem } = answer.body;
    const { requestId: __, ...example } = components.examples.UNAUTHENTICATED.value;
    expect({ ...example, detail: problem.detail }).toEqual(problem);
  });
});
