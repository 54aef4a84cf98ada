import type { z } from "zod";
import { inNameOf } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import type { Config } from "../../config.ts";
import { inRetriedTransaction } from "../../database/deadlock.ts";
import { GatehouseError } from "../../errors.ts";
import { createUser, type Origin, toUser } from "../../user/service.ts";
import type { UsernameDeps } from "../../user/username.ts";
import { publishEvent } from "../../webhook/publish.ts";
import { type SignedIn, type SignInDeps, signIn } from "../session/sign-in.ts";
import type { anonymousInput } from "./schema.ts";

/** What signing in without credentials needs. */
export type AnonymousDeps = SignInDeps & UsernameDeps & { readonly config: Pick<Config, "anonymousUsers"> };

/**
 * Creates an account without identifiers and signs it in. Nobody can sign in to it again: it ends with its session, unless it
 * becomes a full account before. Throws `ANONYMOUS_USERS_OFF`.
 */
export async function signInAnonymously(
  deps: AnonymousDeps,
  { device }: Omit<z.output<typeof anonymousInput>, "transport">,
  origin: Origin,
): Promise<SignedIn> {
  if (!deps.config.anonymousUsers.isOn) throw new GatehouseError("ANONYMOUS_USERS_OFF");
  return await inRetriedTransaction(deps.db, async (trx) => {
    const user = await createUser(deps, trx, { isAnonymous: true });
    const owned = inNameOf(deps, user.public_id);
    await recordEvent(owned, trx, { action: "user.anonymous_created", kind: "user", targetId: user.public_id });
    await publishEvent(owned, trx, { type: "user.created", data: toUser(user, deps.config) });
    const signedIn = await signIn(owned, trx, { user, remember: true, device, origin, methods: ["anon"] });
    if (signedIn.status !== "signed_in") throw new Error("A new account has no second factor.");
    return signedIn;
  });
}
