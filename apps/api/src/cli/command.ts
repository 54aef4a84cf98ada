import type { Output } from "./output.ts";

/** An argument or an option that takes a value, as help and completion show it. */
interface ValueDefinition {
  readonly summary: string;
  /** The only values that are accepted. */
  readonly choices?: readonly string[];
  /** Set where the value is the path of a file, so that the shell completes paths. */
  readonly isPath?: true;
  /** Converts the text; throws `MisuseError` for a wrong one. Default: the text itself. */
  readonly parse?: (text: string) => unknown;
}

/** An argument, which is named by its key in the table. */
export interface ArgumentDefinition extends ValueDefinition {
  /** Default: the argument is required. */
  readonly isOptional?: true;
  /** Whether it stands for all arguments that are left; there may be none if it is optional. Default: for one. */
  readonly isRest?: true;
}

/** An option. Its key `dryRun` is written `--dry-run`. */
export interface OptionDefinition extends ValueDefinition {
  /** The name of its value in the help, as in `--limit <count>`. Default: the option is a switch. */
  readonly value?: string;
  /** The value without the option, as it would be written. */
  readonly default?: string;
  /** Whether it may be given several times, each with another value. Default: the last one counts. */
  readonly isRepeated?: true;
}

type Definitions<T> = Readonly<Record<string, T>>;

type Parsed<D> = D extends { readonly parse: (text: string) => infer T }
  ? T
  : D extends { readonly choices: readonly (infer C)[] }
    ? C
    : string;

type ArgumentValue<D> = D extends { readonly isRest: true }
  ? readonly Parsed<D>[]
  : D extends { readonly isOptional: true }
    ? Parsed<D> | undefined
    : Parsed<D>;

type OptionValue<D> = D extends { readonly isRepeated: true }
  ? readonly Parsed<D>[] | undefined
  : D extends { readonly default: string }
    ? Parsed<D>
    : D extends { readonly value: string }
      ? Parsed<D> | undefined
      : true | undefined;

/** What a command gets: a value for each argument and option. */
type Input<A, O> = { readonly [K in keyof A]: ArgumentValue<A[K]> } & { readonly [K in keyof O]: OptionValue<O[K]> };

interface Example {
  /** What follows `pnpm gatehouse`. */
  readonly args: string;
  readonly summary: string;
}

/** What help, completion and docs/guides/command-line.md say of a command. */
interface CommandNotes {
  /** Its words, as in `keys rotate`. */
  readonly name: string;
  /** Completes the sentence "this command …", without a full stop. */
  readonly summary: string;
  /** More about it, for its own help. */
  readonly notes?: string;
  readonly examples: readonly Example[];
  /** The guide about it, as a path in the repository. */
  readonly guide?: string;
}

interface CommandDefinition<A, O, R> extends CommandNotes {
  readonly args?: A;
  readonly options?: O;
  /** Does the work. Throws `CommandError` or `StartupError` for what the operator can correct. */
  readonly run: (input: Input<A, O>, output: Output) => Promise<R>;
  /**
   * Writes the result for people, `columns` wide if a terminal shows it; `--json` prints the result itself instead. Default:
   * the command prints what it has to say while it runs, and has no `--json`.
   */
  readonly describe?: (result: R, columns: number | undefined) => string;
  /** Returns why the command failed although it has a result: a sentence on standard error. Default: it never does. */
  readonly failureOf?: (result: R) => string | undefined;
}

/** An entry of the table of commands. */
export interface Command extends CommandNotes {
  readonly args: Definitions<ArgumentDefinition>;
  readonly options: Definitions<OptionDefinition>;
  /** Whether the command takes `--json`. */
  readonly hasJson: boolean;
  /** Runs it with the parsed values, prints the result, and returns why it failed, if it did. */
  execute(values: Definitions<unknown>, output: Output): Promise<string | undefined>;
}

/** Defines a command. Its arguments and options give `run` the types of its input. */
export function defineCommand<
  const R,
  const A extends Definitions<ArgumentDefinition> = Record<never, never>,
  const O extends Definitions<OptionDefinition> = Record<never, never>,
>(definition: CommandDefinition<A, O, R>): Command {
  const { run, describe, failureOf, args, options, ...notes } = definition;
  return {
    ...notes,
    args: args ?? {},
    options: options ?? {},
    hasJson: describe !== undefined,
    async execute(values, output) {
      // The values were parsed by these very definitions.
      const result = await run(values as Input<A, O>, output);
      if (describe !== undefined) output.show(result, describe);
      return failureOf?.(result);
    },
  };
}

/** Returns an option as it is written: `--dry-run` for `dryRun`. */
export function flagOf(name: string): string {
  return `--${name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
}
