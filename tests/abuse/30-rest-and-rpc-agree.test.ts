import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import {
  type Answer,
  authorize,
  fitsHeader,
  type Operation,
  operations,
  restTransport,
  rpcTransport,
  transports,
} from "../support/calls.ts";
import { newInstallationId } from "../support/devices.ts";
import { startGatehouse, type TestGatehouse } from "../support/gatehouse.ts";
import { almostValidInput, hostileText, validInput } from "../support/input-arbitrary.ts";
import { registerAccount } from "../support/rest.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";

const runs = 30;

/** Inputs that both protocols can carry: an address holds text only, in a path it must be there, and a header is of ASCII. */
function commonInput(operation: Operation): fc.Arbitrary<unknown> {
  const fields = [...operation.headers.keys()];
  return bodyOrAddress(operation).filter((input) => fields.every((name) => canStandInHeader(input, name)));
}

function canStandInHeader(input: unknown, name: string): boolean {
  return typeof input !== "object" || input === null || !(name in input) || fitsHeader(Reflect.get(input, name));
}

function bodyOrAddress(operation: Operation): fc.Arbitrary<unknown> {
  if (!operation.takesInput) return fc.constant(undefined);
  if (operation.takesBody && operation.pathParameters.length === 0) {
    return fc.oneof(validInput(operation), almostValidInput(operation), fc.jsonValue());
  }
  const inputs = operation.takesBody ? almostValidInput(operation) : textualInput(operation);
  return inputs.filter((input) => operation.pathParameters.every((name) => canStandInPath(input[name])));
}

/** A valid input, one text of which may mean harm. */
function textualInput(operation: Operation): fc.Arbitrary<Record<string, unknown>> {
  const name = fc.constantFrom(...Object.keys(operation.fields), "extra");
  const text = hostileText.filter((value) => value.isWellFormed() && !/^[-\d.]*$/.test(value));
  const changed = fc
    .tuple(validInput(operation), name, text)
    .map(([input, key, value]) => ({ ...input, [key]: value }));
  return fc.oneof(validInput(operation), changed);
}

function canStandInPath(value: unknown): boolean {
  return typeof value === "string" && value.isWellFormed() && !["", ".", ".."].includes(value);
}

/** The form of what a call answers with: what is in it differs between two servers. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shapeOf);
  if (typeof value !== "object" || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)]));
}

function comparable({ status, headers, code, errors, output }: Answer) {
  const success = status < 400 ? shapeOf(output ?? null) : undefined;
  const isChallenged = headers.has("www-authenticate");
  return { refused: status >= 400 ? status : false, code, errors, success, isChallenged };
}

/** The errors of a call over RPC as they are over REST, where a field that comes in a header is named by the header. */
function nameHeaders({ headers }: Operation, answer: ReturnType<typeof comparable> | undefined) {
  const errors = answer?.errors.map((error) => ({ ...error, path: headers.get(error.path) ?? error.path }));
  return answer && { ...answer, errors };
}

type Headers = readonly [rest: Record<string, string>, rpc: Record<string, string>];

/** The same new account on both servers, where the operation asks for one; one that may make the call. */
async function authorizeOnBoth(
  operation: Operation,
  servers: readonly [TestGatehouse, TestGatehouse],
): Promise<Headers> {
  if (!["bearer", "basic"].includes(operation.meta.security ?? "")) return [{}, {}];
  const email = `${crypto.randomUUID()}@example.com`;
  const roles = operation.meta.permission === undefined ? [] : ["admin"];
  const [first, second] = await Promise.all([
    registerWithRoles(servers[0], roles, { email }),
    registerWithRoles(servers[1], roles, { email }),
  ]);
  return [authorize(operation, first), authorize(operation, second)];
}

describe("row 30: REST and RPC agree", () => {
  // Two servers, so that what the calls leave behind is the same for both.
  const environment = { JOBS: "off" };
  const overRest = shareGatehouse({ environment });
  const overRpc = shareGatehouse({ environment });

  test.each(operations)("$procedure accepts and refuses the same inputs", async (operation) => {
    const servers = [overRest(), overRpc()] as const;
    const urls = [servers[0].url, servers[1].url] as const;
    let headers: Headers | undefined;
    const property = fc.asyncProperty(commonInput(operation), async (input) => {
      headers ??= await authorizeOnBoth(operation, servers);
      const [overRestHeaders, overRpcHeaders] = headers;
      const [rest, rpc] = await Promise.all([
        restTransport.send(urls[0], operation, input, overRestHeaders).then(comparable),
        rpcTransport.send(urls[1], operation, input, overRpcHeaders).then(comparable),
      ]);
      // A call whose input is valid may have ended the session or counted against the account.
      if (rest.refused !== 400 || rpc.refused !== 400) headers = undefined;
      expect(nameHeaders(operation, rpc)).toEqual(rest);
    });
    await fc.assert(property, { numRuns: runs });
  });

  test("every procedure refuses the same callers", async () => {
    await using server = await startGatehouse({ environment });
    const { accessToken } = await registerAccount(server.url);
    for (const operation of operations) {
      const inPath = Object.fromEntries(operation.pathParameters.map((name) => [name, newInstallationId()]));
      const input = operation.takesInput ? inPath : undefined;
      const forged = `Bearer ${accessToken.slice(0, -4)}AAAA`;
      for (const authorization of [
        undefined,
        "",
        "Bearer",
        "Bearer x",
        forged,
        "Basic x",
        `Basic ${btoa("ada:wrong")}`,
      ]) {
        const headers = authorization === undefined ? {} : { authorization };
        const answers = transports.map((transport) => transport.send(server.url, operation, input, headers));
        const [rest, rpc] = (await Promise.all(answers)).map(comparable);
        expect([operation.procedure, authorization, rpc]).toEqual([operation.procedure, authorization, rest]);
      }
    }
  });
});
