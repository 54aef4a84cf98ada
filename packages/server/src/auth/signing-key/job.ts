import { z } from "zod";
import type { Dependencies } from "../../dependencies.ts";
import { defineJob } from "../../jobs/index.ts";
import { rotateWhenDue } from "./service.ts";

/** Looks every hour whether the active key has signed for long enough. */
export const signingKeyJob = defineJob({
  name: "rotate-signing-key",
  schema: z.strictObject({}),
  cron: "41 * * * *",
});

type SigningKeyJobDeps = Pick<Dependencies, "config" | "db" | "keyRing" | "clock" | "log" | "signingKeys">;

/** The handler of {@link signingKeyJob}. */
export async function rotateSigningKeyWhenDue(deps: SigningKeyJobDeps): Promise<void> {
  const next = await rotateWhenDue(deps);
  if (next === undefined) return;
  await deps.signingKeys.reload();
  deps.log.info({ keyId: next.id, activatesAt: next.activatesAt }, "the next signing key is published");
}
