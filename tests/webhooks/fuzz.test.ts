import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { registerWithRoles } from "../support/administrators.ts";
import { authorize, operations, transports } from "../support/calls.ts";
import { almostValidInput, hostileText, validInput } from "../support/input-arbitrary.ts";
import { shareGatehouse } from "../support/shared-gatehouse.ts";
import { createWebhook } from "../support/webhooks.ts";

const runs = 15;

const webhookOperations = operations.filter(({ procedure }) => procedure.startsWith("webhook."));

/** Addresses that are almost right. */
const anyUrl = fc.oneof(
  fc.webUrl({ validSchemes: ["http", "https", "ftp"], withFragments: true, withQueryParameters: true }),
  hostileText.map((text) => `https://${text}`),
  hostileText.map((text) => `https://example.com/${text}`),
  hostileText,
);

describe("an administrator's call of a webhook's operation, whatever its input,", () => {
  const server = shareGatehouse({ environment: { JOBS: "off" } });

  test.each(webhookOperations)("$procedure succeeds or is refused with its codes", async (operation) => {
    const admin = await registerWithRoles(server());
    const { webhook } = await createWebhook(server(), admin, { url: "https://example.com/", events: ["user.deleted"] });
    const names = Object.keys(operation.fields);
    // An id that exists, since any other is refused before the rest matters.
    const known = (input: Record<string, unknown>) => ("id" in input ? { ...input, id: webhook.id } : input);
    const url = (input: Record<string, unknown>) =>
      names.includes("url") ? anyUrl.map((given) => ({ ...input, url: given })) : fc.constant(input);
    const input = fc.oneof(
      validInput(operation).map(known).chain(url),
      almostValidInput(operation).map(known),
      almostValidInput(operation),
    );
    const property = fc.asyncProperty(input, fc.constantFrom(...transports), async (given, transport) => {
      const answer = await transport.send(server().url, operation, given, authorize(operation, admin));
      const allowed = ["INVALID_INPUT", "INVALID_BODY", "NOT_FOUND", "WEBHOOK_NOT_ACTIVE", "WEBHOOK_LIMIT_REACHED"];
      if (answer.status >= 400) expect([...allowed, "METHOD_NOT_ALLOWED"]).toContain(answer.code);
    });
    await fc.assert(property, { numRuns: runs });
  });
});
