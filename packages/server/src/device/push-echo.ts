import type { Principal } from "../auth/session/actor.ts";
import type { Config } from "../config.ts";
import { type Language, languageOf } from "../delivery/language.ts";
import { sendTest } from "../notification/own-devices.ts";
import type { NotificationDeps } from "../notification/service.ts";
import { findUser } from "../user/store.ts";

interface PushEchoDeps extends NotificationDeps {
  readonly config: Pick<Config, "productName">;
}

const texts: Readonly<Record<Language, string>> = {
  en: "Messages reach this device.",
  es: "Los mensajes llegan a este dispositivo.",
};

/** Sends a test message to the devices of the caller. Returns its id, and to how many devices it goes. */
export async function pushEcho(
  deps: PushEchoDeps,
  { userId, userPublicId }: Principal,
): Promise<{ id: string; devices: number }> {
  const user = await findUser(deps.db, userId);
  const body = texts[languageOf(user?.locale ?? "en")];
  return await sendTest(deps, userPublicId, { title: deps.config.productName, body });
}
