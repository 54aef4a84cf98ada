import { Argument, Option, Command as Parser } from "commander";
import { type ArgumentDefinition, type Command, flagOf, type OptionDefinition } from "./command.ts";
import { commands, groups } from "./commands.ts";
import { createOutput } from "./output.ts";

/** Receives what runs the command that the arguments name, and resolves to why it failed, if it did. */
type OnCommand = (run: () => Promise<string | undefined>) => Promise<void>;

const exitCodeNotes = "\nExit codes: 0 done, 1 failed, 2 wrong arguments.\nSee docs/guides/command-line.md.";

/** Creates the parser of the whole table. Parsing calls `onCommand`, or throws commander's error for wrong arguments. */
export function createProgram(onCommand: OnCommand): Parser {
  const program = new Parser("gatehouse")
    .description("Operates a Gatehouse server. Settings come from the environment and from .env, as for the server.")
    .addHelpText("after", exitCodeNotes)
    .showHelpAfterError("(--help lists commands and options)")
    .exitOverride();
  const parents = new Map<string, Parser>();
  for (const command of commands) addCommand(parentOf(command, program, parents), command, onCommand);
  return program;
}

/** Returns the parser of the first word of a command of two words, which it makes for the first of them. */
function parentOf({ name }: Command, program: Parser, parents: Map<string, Parser>): Parser {
  const [first = "", second] = name.split(" ");
  if (second === undefined) return program;
  const parent = parents.get(first) ?? program.command(first).description(groups[first] ?? "");
  parents.set(first, parent);
  return parent;
}

function addCommand(parent: Parser, command: Command, onCommand: OnCommand): void {
  const { name, summary, args, options, hasJson } = command;
  const parser = parent
    .command(name.split(" ").at(-1) ?? name)
    .summary(summary)
    .description(descriptionOf(command));
  for (const [argument, definition] of Object.entries(args)) parser.addArgument(toArgument(argument, definition));
  for (const [option, definition] of Object.entries(options)) parser.addOption(toOption(option, definition));
  if (hasJson) parser.option("--json", "print the result as JSON");
  parser.addHelpText("after", moreHelp(command));
  parser.action(async () => {
    const given: Readonly<Record<string, unknown>> = parser.opts();
    const output = createOutput({ isJson: given["json"] === true });
    const values = () => valuesOf(command, parser.processedArgs, given);
    await onCommand(async () => await command.execute(values(), output));
  });
}

function descriptionOf({ summary, notes }: Command): string {
  const sentence = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  return notes === undefined ? sentence : `${sentence} ${notes}`;
}

function toArgument(name: string, { summary, choices, isOptional, isRest }: ArgumentDefinition): Argument {
  const words = isRest ? `${name}...` : name;
  const argument = new Argument(isOptional ? `[${words}]` : `<${words}>`, summary);
  return choices === undefined ? argument : argument.choices(choices);
}

function toOption(name: string, definition: OptionDefinition): Option {
  const { summary, value, choices, default: fallback, isRepeated } = definition;
  const option = new Option(value === undefined ? flagOf(name) : `${flagOf(name)} <${value}>`, summary);
  if (choices !== undefined) option.choices(choices);
  if (isRepeated) option.argParser((text, before: readonly string[] = []) => [...before, text]);
  return fallback === undefined ? option : option.default(fallback);
}

function moreHelp({ examples, guide }: Command): string {
  const lines = examples.map(({ args, summary }) => `  pnpm gatehouse ${args}\n      ${summary}`);
  return `\nExamples:\n${lines.join("\n")}${guide === undefined ? "" : `\n\nSee ${guide}.`}`;
}

/** Returns the value of each argument and option, parsed by its definition. */
function valuesOf({ args, options }: Command, processed: readonly unknown[], given: Readonly<Record<string, unknown>>) {
  return Object.fromEntries([
    ...Object.entries(args).map(([name, { parse }], index) => [name, parsed(processed[index], parse)]),
    ...Object.entries(options).map(([name, { parse }]) => [name, parsed(given[name], parse)]),
  ]);
}

function parsed(value: unknown, parse: (text: string) => unknown = (text) => text): unknown {
  if (Array.isArray(value)) return value.map((each) => parse(String(each)));
  return typeof value === "string" ? parse(value) : value;
}
