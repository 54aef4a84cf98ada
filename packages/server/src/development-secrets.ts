import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseEnv } from "node:util";
import { encryptionKeys } from "./config-formats.ts";
import type { EncryptionKey } from "./crypto/key-ring.ts";
import { StartupError } from "./startup-error.ts";

const secretsFile = (dataDir: string) => join(dataDir, "secrets.env");

/**
 * Returns the encryption keys of this checkout, which are generated on first use and kept beside the data that they seal.
 * Throws {@link StartupError}.
 */
export function developmentKeys(dataDir: string): readonly [EncryptionKey, ...EncryptionKey[]] {
  const keys = encryptionKeys.safeParse(developmentSecrets(dataDir)["ENCRYPTION_KEYS"]);
  if (keys.success) return keys.data;
  const message = `${secretsFile(dataDir)} holds no valid ENCRYPTION_KEYS. Restore it, or delete DATA_DIR to start afresh.`;
  throw new StartupError("ConfigError", message);
}

/** Reads the secrets, and creates the file if it is missing. Two processes that create it at once both use the first file. */
function developmentSecrets(dataDir: string): Readonly<Record<string, string | undefined>> {
  const file = secretsFile(dataDir);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    if (!existsSync(file)) createSecrets(file);
    return parseEnv(readFileSync(file, "utf8"));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new StartupError("ConfigError", `The development secrets cannot be kept in DATA_DIR: ${reason}`, { cause });
  }
}

/** Writes a draft and links it into place, so that no process reads half a file and an existing file stays. */
function createSecrets(file: string): void {
  const content = `# Made for development on first start. The data beside it cannot be read without it.\nENCRYPTION_KEYS=1:${randomBytes(32).toString("base64")}\n`;
  const draft = `${file}.${randomUUID()}`;
  writeFileSync(draft, content, { flag: "wx", mode: 0o600 });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft);
  }
}
