import type { GatehouseError } from "@gatehouse/server/operator";
import { CommandError, MisuseError } from "../command-error.ts";

/** What to do after a refusal, by its code. */
const remedies: Readonly<Record<string, string>> = {
  EMAIL_TAKEN: "An account has it, or had it and may take it back by a link for a week.",
  LAST_ADMIN: 'Give another active account the role first: "gatehouse role grant admin <user>".',
  USERNAME_TAKEN: 'Choose another; "gatehouse user find" shows whose it is.',
  PHONE_TAKEN: '"gatehouse user find" shows whose it is.',
  EMAIL_PRESENT:
    'Its owner asks for a link where they sign in. "gatehouse user end-sessions" ends what a thief has open.',
  ROLE_EXISTS: '"gatehouse role update" changes it.',
  ROLE_FIXED: "The role admin always has every permission, and admin, support and user always exist.",
  ROLE_IN_USE:
    'Take it from its users first: "gatehouse user find --role" lists them. Groups may carry it, and deleted accounts have it until they are erased.',
};

/** Returns the error of a command for what a service refused: misuse if the input is wrong. */
export function refusalOf(refusal: GatehouseError): CommandError {
  const { code, message, errors } = refusal;
  if (code === "INVALID_INPUT") return new MisuseError(describeWrongInput(errors), { cause: refusal });
  const remedy = remedies[code];
  const sentence = `${message.replace(/\.$/, "")}.`;
  return new CommandError(remedy === undefined ? sentence : `${sentence} ${remedy}`, { cause: refusal });
}

/** What is wrong with an input, at which of its fields. */
type WrongInput = readonly { readonly path: string; readonly message: string }[];

/** Says the first thing that is wrong with each field. */
function describeWrongInput(errors: WrongInput): string {
  const first = new Map(errors.toReversed().map(({ path, message }) => [path, message]));
  return [...first]
    .toReversed()
    .map(([path, message]) => `${path}: ${message.replace(/\.$/, "")}.`)
    .join("\n");
}

/** A schema of the server's API. */
interface InputSchema<T> {
  safeParse(input: unknown):
    | { readonly success: true; readonly data: T }
    | {
        readonly success: false;
        readonly error: {
          readonly issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[];
        };
      };
}

/**
 * Parses what the operator gave by the schema that the API uses. Throws `MisuseError`, which names each wrong field. A value that
 * is not an object has no fields, so it needs a name.
 */
export function parseInput<T>(schema: InputSchema<T>, input: unknown, name = ""): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({
    path: [name, ...path.map(String)].filter((part) => part !== "").join("."),
    message,
  }));
  throw new MisuseError(describeWrongInput(errors));
}
