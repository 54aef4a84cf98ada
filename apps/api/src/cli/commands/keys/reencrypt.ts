import { assertOpenable, encryptedColumns, reencrypt } from "@gatehouse/server/keys";
import { defineCommand } from "../../command.ts";
import { type KeyDeps, withKeys } from "./key-deps.ts";
import { describeVersions, formatVersions } from "./versions.ts";

/** `gatehouse keys reencrypt` */
export const reencryptCommand = defineCommand({
  name: "keys reencrypt",
  summary: "re-encrypts the data of older versions with the current one, so that the older keys can be dropped",
  examples: [{ args: "keys reencrypt", summary: "after a new version was added; servers may run meanwhile" }],
  guide: "docs/guides/keys.md",
  run: () => withKeys(sealAnew),
  describe: ({ version, resealed, encryptionKeys }) =>
    `${summarize(version, resealed)}\n${formatVersions(encryptionKeys)}`,
  failureOf({ unopened }) {
    if (unopened.length === 0) return undefined;
    const reasons = unopened.map((reason) => `  ${reason}`).join("\n");
    return `${unopened.length} values cannot be opened, and stay as they are:\n${reasons}`;
  },
});

async function sealAnew(deps: KeyDeps) {
  await assertOpenable({ ...deps, places: encryptedColumns });
  const { resealed, unopened } = await reencrypt({ ...deps, places: encryptedColumns });
  return {
    version: deps.keyRing.currentVersion,
    resealed: Object.fromEntries(resealed),
    unopened: unopened.map(({ message }) => message),
    encryptionKeys: await describeVersions(deps),
  };
}

function summarize(version: number, resealed: Readonly<Record<string, number>>): string {
  const counts = Object.entries(resealed).map(([name, count]) => `${count.toLocaleString("en")} ${name}`);
  if (counts.length === 0) return `Everything is sealed with version ${version}.`;
  return `Sealed anew with version ${version}: ${counts.join(", ")}.`;
}
