import { assertOpenable, encryptedColumns, replaceSigningKeys, rotateSigningKey } from "@gatehouse/server/keys";
import { defineCommand } from "../../command.ts";
import { toSecond } from "../../text.ts";
import { type KeyDeps, withKeys } from "./key-deps.ts";

/** `gatehouse keys rotate` */
export const rotateKeys = defineCommand({
  name: "keys rotate",
  summary: "publishes the next signing key, which signs after SIGNING_KEY_LEAD_SECONDS",
  options: {
    now: {
      summary:
        "for a compromised key: delete all signing keys and sign with a new one; every access token ends at once",
    },
  },
  examples: [
    { args: "keys rotate", summary: "ahead of the schedule; nobody notices" },
    { args: "keys rotate --now", summary: "after a theft of keys; clients refresh" },
  ],
  guide: "docs/guides/keys.md",
  run: ({ now }) => withKeys(now ? replace : rotate),
  describe: (result) => (result.kind === "rotated" ? describeRotated(result) : describeReplaced(result)),
});

interface Rotated {
  readonly kind: "rotated";
  readonly id: string;
  readonly activatesAt: Date;
  readonly isNew: boolean;
}

interface Replaced {
  readonly kind: "replaced";
  readonly id: string;
  readonly replaced: readonly string[];
}

async function rotate(deps: KeyDeps): Promise<Rotated | Replaced> {
  await assertOpenable({ ...deps, places: encryptedColumns });
  return { kind: "rotated", ...(await rotateSigningKey(deps)) };
}

async function replace(deps: KeyDeps): Promise<Rotated | Replaced> {
  await assertOpenable({ ...deps, places: encryptedColumns });
  const { id, replaced } = await replaceSigningKeys(deps);
  return { kind: "replaced", id, replaced };
}

function describeRotated({ id, activatesAt, isNew }: Rotated): string {
  const begin = isNew ? `Published ${id}` : `${id} is published already, and comes next`;
  return `${begin}; it signs from ${toSecond(activatesAt)}.`;
}

function describeReplaced({ id, replaced }: Replaced): string {
  const ends = replaced.map((gone) => `Deleted ${gone}; its access tokens have ended.`);
  return [`${id} signs from now on.`, ...ends].join("\n");
}
