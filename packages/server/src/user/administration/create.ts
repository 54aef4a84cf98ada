import type { z } from "zod";
import { recordEvent } from "../../audit/record.ts";
import { mailUser } from "../../auth/notice/service.ts";
import { issueLink, type LinkDeps } from "../../auth/one-time-token/link.ts";
import { requireMailRedirect } from "../../auth/one-time-token/redirect.ts";
import { type NewPasswordDeps, newPassword } from "../../auth/password/policy.ts";
import { parsePhone } from "../../auth/phone/number.ts";
import { type AccountDeps, createAccount } from "../../auth/registration/create-account.ts";
import type { Config } from "../../config.ts";
import { type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { type MailDeps, requireMail } from "../../delivery/email/service.ts";
import { GatehouseError } from "../../errors.ts";
import type { RedirectRules } from "../../redirect-targets.ts";
import { rolesToGive } from "../../role/service.ts";
import { type EventDeps, publishEvent } from "../../webhook/publish.ts";
import { assertIdentifiers } from "../identifiers.ts";
import { mapUniqueViolation, type NewUser, toUser } from "../service.ts";
import type { UserRow } from "../store.ts";
import { type ManagedUser, toManagedUser } from "./list.ts";
import { issuePasswordLink, type PasswordLink } from "./password-link.ts";
import type { createdUserSchema, createUserInput, inviteUserInput } from "./schema.ts";

/** What creating an account by hand needs. */
type CreateDeps = AccountDeps &
  EventDeps &
  LinkDeps &
  MailDeps &
  NewPasswordDeps & { readonly config: Pick<Config, "registrationIdentifiers"> };

/** How the user of a new account gets in. */
type Entrance =
  /** A password that the operator passes on. */
  | { readonly kind: "password"; readonly password: string }
  /** A mail with a link to choose a password, for an account with an address. */
  | (LinkEntrance & { readonly kind: "invitation" })
  /** The same link, which the operator passes on. */
  | (LinkEntrance & { readonly kind: "link" });

interface LinkEntrance {
  /** Where the page behind the link leads; checked. */
  readonly redirectTo?: string | undefined;
}

interface NewUserByOperator {
  readonly user: z.output<typeof createUserInput>;
  readonly roles: readonly string[];
  readonly entrance: Entrance;
}

/** The new account and, for the entrance `link`, the secret link. */
interface CreatedByOperator {
  readonly user: ManagedUser;
  readonly link: PasswordLink | null;
}

/**
 * Creates an account with roles, the first administrator's too. The address is not proven: only who reads its mail, or opens the
 * link, proves it. A number is proven by the operator's word. Throws `INVALID_INPUT` for a role that does not exist and for
 * identifiers that the server does not allow, `EMAIL_TAKEN`, `USERNAME_TAKEN`, `PHONE_TAKEN`, `USERNAME_RESERVED`,
 * `PASSWORD_TOO_WEAK`, and for an invitation `EMAIL_MISSING` and `EMAIL_NOT_CONFIGURED`.
 */
export async function createUserByOperator(
  deps: CreateDeps,
  { user: wanted, roles, entrance }: NewUserByOperator,
): Promise<CreatedByOperator> {
  // An address is allowed in any case, as in an import.
  assertIdentifiers([...new Set(["email" as const, ...deps.config.registrationIdentifiers])], wanted);
  if (entrance.kind === "invitation") requireInvitation(deps, wanted);
  const named = await withNumber(wanted);
  const passwordHash =
    entrance.kind === "password" ? await newPassword(deps, entrance.password, { owner: named }) : undefined;
  return await mapUniqueViolation(() =>
    inTransaction(deps.db, async (trx) => {
      const given = await rolesToGive(trx, roles);
      const user = await createAccount(deps, trx, { user: { ...named, roles: given }, passwordHash });
      await recordRoles(deps, trx, user);
      if (entrance.kind === "invitation") await mailInvitation(deps, trx, { user, redirectTo: entrance.redirectTo });
      await publishEvent(deps, trx, { type: "user.created", data: toUser(user, deps.config) });
      const link = entrance.kind === "link" ? await issuePasswordLink(deps, trx, { ...user, ...entrance }) : null;
      return { user: toManagedUser(user, deps.config), link };
    }),
  );
}

function requireInvitation({ config }: CreateDeps, { email }: NewUserByOperator["user"]): void {
  if (email === undefined) throw new GatehouseError("EMAIL_MISSING");
  requireMail(config);
}

async function withNumber({ phone, country, ...user }: NewUserByOperator["user"]): Promise<NewUser> {
  return phone === undefined ? user : { ...user, phone: await parsePhone({ phone, country }) };
}

async function mailInvitation(
  deps: CreateDeps,
  trx: DatabaseTransaction,
  { user, redirectTo }: { readonly user: UserRow; readonly redirectTo: string | undefined },
): Promise<void> {
  const { id: userId, email } = user;
  const link = await issueLink(deps, trx, { userId, purpose: "set_password", email, redirectTo });
  await mailUser(deps, trx, { recipient: user, content: { template: "invitation", ...link } });
}

/**
 * Creates an account without a password, and mails its owner a link to choose one, which proves the address. The link of an
 * account without an address is returned instead. Until then nobody can sign in. Throws what {@link createUserByOperator} throws,
 * and `REDIRECT_NOT_ALLOWED`.
 */
export async function inviteUser(
  deps: CreateDeps & { readonly config: RedirectRules },
  { redirectTo: wanted, ...user }: z.output<typeof inviteUserInput>,
): Promise<z.output<typeof createdUserSchema>> {
  const redirectTo = requireMailRedirect(deps.config, wanted);
  const kind = user.email === undefined ? "link" : "invitation";
  const created = await createUserByOperator(deps, { user, roles: [], entrance: { kind, redirectTo } });
  return { ...created.user, passwordLink: created.link };
}

async function recordRoles(deps: CreateDeps, trx: DatabaseTransaction, { public_id: id, roles }: UserRow) {
  if (roles.length === 0) return;
  const changes = { roles: { from: [], to: roles } };
  await recordEvent(deps, trx, { action: "user.roles_changed", kind: "user", targetId: id, changes });
}
