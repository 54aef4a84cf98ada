import { describe, test } from "vitest";
import { createAppRouter } from "../../packages/server/src/app-router.ts";
import { addressAttacks, headerAttacks } from "../support/address-attacks.ts";
import {
  documentsOf,
  encode,
  fieldsToMeasure,
  fullBatchesOf,
  json,
  maxBatchSize,
  maxBodyBytes,
  of,
  post,
  rpcAttack,
  smallBatchSize,
  textBatchesOf,
  textsOf,
  wrap,
} from "../support/attacks.ts";
import { operations } from "../support/calls.ts";
import { app, openScene } from "../support/cost-scene.ts";
import { type ListedProcedure, listProcedures } from "../support/procedures.ts";
import { share } from "../support/shared-gatehouse.ts";
import { repeat, type WorstCase, worstEnvelopes, worstTexts, worstValues } from "../support/worst-inputs.ts";

/** Every procedure, so that a new one is covered. */
const procedures = listProcedures(createAppRouter(app));
const mutations = procedures.filter(({ type }) => type === "mutation");
const queries = procedures.filter(({ type }) => type === "query");

const fieldsOfMutation = fieldsToMeasure(mutations);
const fieldsOfQuery = fieldsToMeasure(queries);

/** What each call of a batch may cost, in milliseconds of CPU time, wherever the bytes of the body are. */
const maxMillisOfBatched = 2;

/** What a batch may cost besides its calls: its body is read, and its limits are counted. */
const maxMillisOfRequest = 5;

describe("row 36: a call whose cost grows faster than its bytes", () => {
  const shared = share(() => openScene());

  test.each(mutations)("a body of $procedure over RPC with any content", async (procedure) => {
    const fields = fieldsOfMutation(procedure);
    const wrapped = [...documentsOf(procedure, fields), ...textsOf(procedure, fields)].map(({ name, json: document }) =>
      rpcAttack(procedure, name, (bytes) => `{"json":${document(bytes - 9)}}`),
    );
    const envelopes = worstEnvelopes.map(({ name, json: envelope }) => rpcAttack(procedure, name, envelope));
    await shared().expectBounded(procedure, [...wrapped, ...envelopes]);
  });

  test.each(mutations)("a batch of $procedure of the largest size", async (procedure) => {
    const scene = shared();
    await scene.expectBounded(procedure, fullBatchesOf(procedure), maxMillisOfBatched * maxBatchSize);
    const maxMillis = maxMillisOfRequest + maxMillisOfBatched * smallBatchSize;
    await scene.expectBounded(procedure, textBatchesOf(procedure, fieldsOfMutation(procedure)), maxMillis);
  });

  test("a batch that names no procedure or unknown ones", async () => {
    await using scene = await openScene();
    const [first] = mutations;
    if (first === undefined) return;
    await scene.expectBounded(first, [
      of("no procedure, as often as may be", (bytes) => post(`/rpc/${repeat(",", bytes)}?batch=1`, "{}")),
      of("50 unknown procedures with long names", (bytes) =>
        post(
          `/rpc/${Array(maxBatchSize)
            .fill(repeat("x", bytes / maxBatchSize - 1))
            .join(",")}?batch=1`,
          "{}",
        ),
      ),
      of("inputs that no call takes", () => post("/rpc/auth.refresh?batch=1", bodyOfKeys(maxBodyBytes))),
      of("a stream of a batch", (bytes) => ({
        ...post("/rpc/auth.refresh,auth.refresh?batch=1", `{"0":{"json":{"refreshToken":"${"x".repeat(bytes)}"}}}`),
        headers: { ...json, "trpc-accept": "application/jsonl" },
      })),
    ]);
  });

  test("an address over RPC", async () => {
    await using scene = await openScene();
    for (const procedure of queries) {
      const inputs = [
        ...documentsOf(procedure, fieldsOfQuery(procedure)).map(({ name, json: document }) => ({
          name,
          json: wrap(document),
        })),
        ...worstEnvelopes,
      ];
      const path = `/rpc/${procedure.procedure}`;
      const attacks = inputs.flatMap(({ name, json: input }) => [
        of(`GET ${path}, ${name}`, (bytes) => ({ method: "GET", path: `${path}?input=${encode(input, bytes)}` })),
        of(`GET ${path} in a batch, ${name}`, (bytes) => ({
          method: "GET",
          path: `${path},${procedure.procedure}?batch=1&input=${encode((room) => `{"0":${input(room - 7)}}`, bytes)}`,
        })),
      ]);
      await scene.expectBounded(procedure, [...attacks, ...addressAttacks(path, "GET")]);
    }
  });

  test("the connection parameters, the input and the last event of a subscription", async () => {
    await using scene = await openScene();
    for (const procedure of procedures.filter(({ type }) => type === "subscription")) {
      const path = `/rpc/${procedure.procedure}`;
      const headers = { accept: "text/event-stream", authorization: "Bearer x" };
      const get = (query: string) => ({ method: "GET", path: `${path}?${query}`, headers });
      const parameters = [
        ...worstValues,
        ...worstTexts.map(({ name, json: text }) => ({ name, json: inTicket(text) })),
      ];
      await scene.expectBounded(procedure, [
        ...[...parameters, ...worstEnvelopes].map(({ name, json: document }) =>
          of(`connection parameters of ${path}, ${name}`, (bytes) =>
            get(`connectionParams=${encode(document, bytes)}`),
          ),
        ),
        ...worstEnvelopes.map(({ name, json: envelope }) =>
          of(`input of ${path}, ${name}`, (bytes) => get(`input=${encode(envelope, bytes)}`)),
        ),
        of(`last event of ${path}`, (bytes) => get(`lastEventId=${"a".repeat(bytes)}`)),
        ...addressAttacks(path, "GET"),
      ]);
    }
  });

  test("a body over REST, to procedures with and without one", async () => {
    await using scene = await openScene();
    for (const operation of operations) {
      const procedure = find(operation.procedure);
      const path = operation.rest.path.replaceAll(/\{[^}]+\}/g, "0b0f3b0e-8f5e-4a43-9f0e-6f2d6c1f2a11");
      const { method } = operation.rest;
      const bodies = worstValues.map(({ name, json: document }) =>
        of(`${method} ${path}, ${name}`, (bytes) => ({ method, path, headers: json, body: document(bytes - 16) })),
      );
      await scene.expectBounded(procedure, bodies);
    }
  });

  test("a path and a query over REST", async () => {
    await using scene = await openScene();
    for (const { procedure, rest } of [...operations, ...appOperations]) {
      const path = rest.path.replaceAll(/\{[^}]+\}/g, "x");
      const fields = Object.keys(find(procedure).fields);
      const repeated = fields.map((name) =>
        of(`${name} again and again at ${path}`, (bytes) => ({
          method: rest.method,
          path: `${path}?${repeat(`${name}=1&`, bytes)}`,
        })),
      );
      const parameters = rest.path.includes("{")
        ? ["a", "%61", "%C3%A9", "%25", "%ff", "0-", "%00"].map((unit) =>
            of(`a parameter of ${unit} at ${rest.path}`, (bytes) => ({
              method: rest.method,
              path: rest.path.replaceAll(/\{[^}]+\}/g, () => repeat(unit, bytes)),
            })),
          )
        : [];
      await scene.expectBounded(find(procedure), [...addressAttacks(path, rest.method), ...repeated, ...parameters]);
    }
  });

  test("headers, cookies and credentials", async () => {
    await using scene = await openScene({ TRUSTED_PROXIES: "loopback,10.0.0.0/8" });
    for (const path of [
      "/rpc/user.me",
      "/v1/users/me",
      "/account/reset-password",
      "/docs",
      "/openapi.json",
      "/nowhere",
    ]) {
      const attacks = headerAttacks.map(({ name, headers }) =>
        of(`${name} at ${path}`, (bytes) => ({ method: "GET", path, headers: headers(bytes) })),
      );
      await scene.expectBounded(undefined, attacks);
    }
    const batch = `/rpc/${Array(maxBatchSize).fill("user.me").join(",")}?batch=1`;
    await scene.expectBounded(
      undefined,
      headerAttacks.map(({ name, headers }) =>
        of(`${name} in a batch`, (bytes) => ({ method: "GET", path: batch, headers: headers(bytes) })),
      ),
    );
    await scene.expectBounded(
      undefined,
      headerAttacks.map(({ name, headers }) =>
        of(`${name} for a token`, (bytes) => ({ method: "POST", path: "/v1/auth/token", headers: headers(bytes) })),
      ),
    );
  });

  test("forms, which no procedure reads", async () => {
    await using scene = await openScene();
    const form = (type: string, body: string) => (path: string) =>
      of(`${type} at ${path}`, () => ({ method: "POST", path, headers: { "content-type": type }, body }));
    const forms = [
      form("application/x-www-form-urlencoded", repeat("a=1&", maxBodyBytes)),
      form(
        "multipart/form-data; boundary=x",
        repeat('--x\r\ncontent-disposition: form-data; name="a"\r\n\r\n1\r\n', maxBodyBytes),
      ),
      form(`multipart/form-data; boundary=${"x".repeat(5000)}`, repeat("--", maxBodyBytes)),
      form(`application/json;${" ;".repeat(5000)}`, "{}"),
      form("text/plain", repeat("[", maxBodyBytes)),
    ];
    const attacks = ["/rpc/auth.refresh", "/v1/auth/refresh"].flatMap((path) => forms.map((at) => at(path)));
    await scene.expectBounded(undefined, attacks);
  });
});

const appOperations = [{ procedure: "app.search", rest: { method: "GET", path: "/v1/app/{id}" } }];

function find(path: string): ListedProcedure {
  const found = procedures.find(({ procedure }) => procedure === path);
  if (found === undefined) throw new Error(`There is no ${path}`);
  return found;
}

function inTicket(text: WorstCase["json"]): WorstCase["json"] {
  return (bytes) => `{"ticket":${text(bytes - 12)}}`;
}

function bodyOfKeys(bytes: number): string {
  return `{${Array.from({ length: bytes / 14 }, (_, index) => `"${index}":{}`).join(",")}}`;
}
