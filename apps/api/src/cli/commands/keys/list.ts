import { describeSigningKeys, type SigningKeyDescription } from "@gatehouse/server/keys";
import { defineCommand } from "../../command.ts";
import { formatTable } from "../../table.ts";
import { toSecond } from "../../text.ts";
import { withKeys } from "./key-deps.ts";
import { describeVersions, formatVersions } from "./versions.ts";

/** `gatehouse keys list` */
export const listKeys = defineCommand({
  name: "keys list",
  summary: "lists the signing keys, and the data that each version of ENCRYPTION_KEYS has sealed",
  examples: [{ args: "keys list", summary: "says among others which old version may be dropped" }],
  guide: "docs/guides/keys.md",
  run: () =>
    withKeys(async (deps) => ({
      signingKeys: await describeSigningKeys(deps),
      encryptionKeys: await describeVersions(deps),
    })),
  describe: ({ signingKeys, encryptionKeys }) =>
    [
      "Signing keys",
      formatSigningKeys(signingKeys),
      "",
      "Versions of ENCRYPTION_KEYS",
      formatVersions(encryptionKeys),
    ].join("\n"),
});

function formatSigningKeys(keys: readonly SigningKeyDescription[]): string {
  if (keys.length === 0) return "  none yet; the server makes one at its first start";
  return formatTable(["id", "state", "published", "signs from", "signs until", "accepted until"], keys.map(toRow));
}

function toRow(key: SigningKeyDescription): readonly string[] {
  const times = [key.publishedAt, key.activatesAt, key.retiresAt, key.acceptedUntil];
  return [key.id, key.state, ...times.map((time) => (time === undefined ? "" : toSecond(time)))];
}
