import { listPublicKeys } from "@gatehouse/server/audit";
import { defineCommand } from "../../command.ts";
import { withKeys } from "../keys/key-deps.ts";

/** `gatehouse audit key` */
export const showAuditKey = defineCommand({
  name: "audit key",
  summary: "prints the public keys that verify checkpoints, one JWK a line",
  examples: [{ args: "audit key > audit.jwks", summary: "keeps them, for audit verify --public-key" }],
  guide: "docs/guides/audit-log.md",
  run: () => withKeys(({ db }) => listPublicKeys(db)),
  describe: (keys) => keys.map((key) => JSON.stringify(key)).join("\n"),
});
