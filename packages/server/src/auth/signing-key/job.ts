import { z } from "zod";
import { defineJob } from "../../jobs/job.ts";
import type { Logger } from "../../logging/logger.ts";
import { type RotationDeps, rotateWhenDue } from "./service.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Checks every hour whether the next key is due. */
export const signingKeyJob = defineJob({
  name: "rotate-signing-key",
  schema: z.strictObject({}),
  cron: "41 * * * *",
});

interface SigningKeyJobDeps extends RotationDeps {
  readonly log: Logger;
  readonly signingKeys: SigningKeys;
}

/** The handler of {@link signingKeyJob}. */
export async function rotateSigningKeyWhenDue(deps: SigningKeyJobDeps): Promise<void> {
  const next = await rotateWhenDue(deps);
  if (next === undefined) return;
  await deps.signingKeys.reload();
  deps.log.info({ keyId: next.id, activatesAt: next.activatesAt }, "the next signing key is published");
}
