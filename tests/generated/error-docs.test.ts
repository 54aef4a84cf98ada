// `pnpm docs:errors` writes the file.
import { expect, test } from "vitest";
import { errorRegistry } from "../../packages/server/src/errors.ts";

const introduction = `# Errors

<!-- Generated from packages/server/src/errors.ts by \`pnpm docs:errors\`. -->

Every failure carries a code from this page. A code is stable: programs decide by it, and only by it; the
texts are for people and may change.

**Over REST** the answer is a problem document (RFC 9457), \`application/problem+json\`:

\`\`\`json
{
  "type": "https://accounts.example.com/docs/errors/INVALID_INPUT",
  "title": "The input is not valid",
  "status": 400,
  "detail": "What happened this time",
  "code": "INVALID_INPUT",
  "requestId": "the id under which the server's log has the request",
  "errors": [
    { "path": "device.platform", "message": "What is wrong with this field" },
    { "path": "password", "reason": "too_long", "message": "What is wrong with the password" }
  ]
}
\`\`\`

\`type\` is a page of the server, \`<PUBLIC_URL>/docs/errors/<CODE>\`, which says what this page says of the code.

\`errors\` names the fields at fault, their keys joined by dots; it is there when the input was bad. A refused password has a
\`reason\` as well, for programs: see [account-flows.md](guides/account-flows.md#which-passwords-are-accepted).

**Over RPC** the same \`code\`, \`errors\` and \`requestId\` are in the error's \`data\`:

\`\`\`ts
try {
  await client.auth.register.mutate(input);
} catch (error) {
  if (isGatehouseError(error, "EMAIL_TAKEN")) askForAnotherAddress();
  else throw error;
}
\`\`\`
`;

const entries = Object.entries(errorRegistry);

const table = [
  "| Code | Status | Title |",
  "|---|---|---|",
  ...entries.map(([code, { status, title }]) => `| [${code}](#${code.toLowerCase()}) | ${status} | ${title} |`),
].join("\n");

const sections = entries.map(
  ([code, { status, title, meaning, remedy }]) =>
    `## ${code}\n\n${status} · ${title}\n\n**Meaning.** ${meaning}\n\n**Remedy.** ${remedy}\n`,
);

test("docs/errors.md describes every code as errors.ts does", async () => {
  const page = [introduction, `${table}\n`, ...sections].join("\n");
  await expect(page).toMatchFileSnapshot("../../docs/errors.md");
});
