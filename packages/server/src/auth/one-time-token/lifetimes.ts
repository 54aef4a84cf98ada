import type { TokenPurpose } from "./store.ts";

const hourMinutes = 60;
const dayMinutes = 24 * hourMinutes;

/** The purposes of links to the user's own address. */
export const linksToTheUser = ["verify_email", "reset_password", "set_password", "magic_link"] as const;

/** How long a token of each purpose works, in minutes. */
export const validForMinutes: Readonly<
  Record<TokenPurpose | "complete_registration" | "confirm_registration", number>
> = {
  verify_email: dayMinutes,
  complete_registration: dayMinutes,
  confirm_email_change: dayMinutes,
  // Long enough for an owner who is away to notice that somebody took the account.
  undo_email_change: 7 * dayMinutes,
  reset_password: hourMinutes,
  // Sent by an operator, so nobody waits for it.
  set_password: 7 * dayMinutes,
  magic_link: 15,
  verify_phone: 10,
  // How long a registration waits for its code, of which several may be sent.
  confirm_registration: hourMinutes,
};
