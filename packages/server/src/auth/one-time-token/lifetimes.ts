import type { TokenPurpose } from "./store.ts";

const hour = 60;
const day = 24 * hour;

/** How long a token of each purpose works, in minutes. */
export const validForMinutes: Readonly<Record<TokenPurpose | "complete_registration", number>> = {
  verify_email: day,
  complete_registration: day,
  confirm_email_change: day,
  // Long enough for an owner who is away to notice that somebody took the account.
  undo_email_change: 7 * day,
  reset_password: hour,
  magic_link: 15,
  verify_phone: 10,
};
