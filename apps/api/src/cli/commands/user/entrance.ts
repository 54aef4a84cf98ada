import type { OperatorScope } from "@gatehouse/server/operator";
import { CommandError, MisuseError } from "../../command-error.ts";
import { parseInput } from "../../operator/refusal.ts";
import { askSecret, canAsk, readLine } from "../../terminal.ts";

/** The options that say how the user of a new account gets in. */
interface EntranceOptions {
  readonly passwordStdin: true | undefined;
  readonly printLink: true | undefined;
}

/** The same, for an account that has an address or not. */
interface Choice extends EntranceOptions {
  readonly hasAddress: boolean;
}

type CreateUser = OperatorScope["services"]["administration"]["createUserByOperator"];
type Entrance = Parameters<CreateUser>[1]["entrance"];

/** Throws `MisuseError` for options that exclude each other. */
export function assertOneEntrance({ passwordStdin, printLink }: EntranceOptions): void {
  if (passwordStdin && printLink) throw new MisuseError("Give --password-stdin or --print-link, not both.");
}

/**
 * Decides how the user gets in, and reads the password if it is by one. Without an option it is a link for an account without an
 * address, and otherwise an invitation by mail; where no mail is sent, a password that somebody types. Throws `CommandError` and
 * `MisuseError`.
 */
export async function chooseEntrance(scope: OperatorScope, options: Choice): Promise<Entrance> {
  const { isMailConfigured } = await import("@gatehouse/server/operator");
  if (options.passwordStdin && !options.hasAddress) return await readAnyPassword();
  if (options.printLink || !options.hasAddress) return { kind: "link" };
  if (options.passwordStdin) return await readPassword(scope);
  if (isMailConfigured(scope.deps.config)) return { kind: "invitation" };
  if (canAsk()) return await readPassword(scope);
  throw new CommandError(
    "This server sends no mail (SMTP_URL is not set), so it cannot send an invitation. Use --password-stdin or --print-link.",
  );
}

async function readPassword({ deps }: OperatorScope): Promise<Entrance> {
  if (deps.config.registrationMode === "verified") {
    throw new CommandError(
      "With REGISTRATION_MODE=verified nobody signs in before they have proven the address, so a password does not suffice. Leave it out to send an invitation, or use --print-link.",
    );
  }
  return await readAnyPassword();
}

async function readAnyPassword(): Promise<Entrance> {
  const { newPasswordSchema } = await import("@gatehouse/server/operator");
  const password = canAsk() ? await askTwice() : await readLine();
  return { kind: "password", password: parseInput(newPasswordSchema, password, "password") };
}

/** Says what to do with a link that sets a password. */
export function describeLink({ url }: { readonly url: string }): string {
  return `Give this link to its owner and nobody else. It works once, for seven days:\n${url}`;
}

async function askTwice(): Promise<string> {
  const password = await askSecret("Password, which is not shown: ");
  if (password === (await askSecret("The same again: "))) return password;
  throw new CommandError("The two passwords differ. Nothing was done; try again.");
}
