// `pnpm env:example` writes the file.
import { expect, test } from "vitest";
import { describeVariables } from "../../packages/server/src/config-variables.ts";

const lineWidth = 100;

const header = [
  "# The settings of a Gatehouse server. Copy this file to .env and uncomment what you change;",
  "# `npm start` reads it, and a variable that is already set in the environment wins.",
  "# In development all are optional. In production the server says which it needs.",
];

test(".env.example lists the variables that the server reads, as config-variables.ts describes them", async () => {
  const variables = describeVariables().flatMap(({ name, description, example }) => [
    "",
    ...wrapped(description),
    `# ${name}=${example}`,
  ]);
  await expect([...header, ...variables, ""].join("\n")).toMatchFileSnapshot("../../.env.example");
});

function wrapped(text: string): string[] {
  const lines: string[] = [];
  let line = "#";
  for (const word of text.split(/\s+/)) {
    if (line !== "#" && line.length + 1 + word.length > lineWidth) {
      lines.push(line);
      line = "#";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
