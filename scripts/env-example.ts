// Keeps .env.example equal to the variables that config.ts reads; --write writes it.
import { describeVariables } from "../packages/server/src/config-variables.ts";
import { writeOrCheck } from "./generated-file.ts";

const lineWidth = 100;

const header = [
  "# The settings of a Gatehouse server. Copy this file to .env and uncomment what you change;",
  "# `npm start` reads it, and a variable that is already set in the environment wins.",
  "# In development all are optional. In production the server says which it needs.",
];

const variables = describeVariables().flatMap(({ name, description, example }) => [
  "",
  ...wrapped(description),
  `# ${name}=${example}`,
]);

writeOrCheck({
  path: ".env.example",
  content: [...header, ...variables, ""].join("\n"),
  command: "pnpm env:example",
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
