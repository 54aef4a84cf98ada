import { generateKeyPairSync, randomBytes } from "node:crypto";
import { defineCommand } from "../command.ts";

/** `gatehouse secrets` */
export const makeSecrets = defineCommand({
  name: "secrets",
  summary: "makes the secrets of a new production server, and prints its settings as a .env file",
  notes:
    "Each call makes other secrets. It keeps none and reads no settings. To rotate keys that are in use, see docs/guides/keys.md.",
  examples: [
    { args: "secrets", summary: "shows them" },
    { args: "secrets > production.env", summary: "keeps them in a file" },
    { args: "secrets --json", summary: "for the store of secrets of your platform" },
  ],
  guide: "docs/guides/keys.md",
  // Names as in the environment, so that a program can hand them on as they are.
  run: async () => ({
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
    VAPID_PRIVATE_KEY: generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }).d ?? "",
  }),
  describe: ({
    ENCRYPTION_KEYS: keys,
    VAPID_PRIVATE_KEY: vapidKey,
  }) => `# The settings that a production server does not start without; .env.example explains all.
# Keep ENCRYPTION_KEYS in a second safe place: without it nobody can read the data.
NODE_ENV=production
ENCRYPTION_KEYS=${keys}

# Fill these in.
# PUBLIC_URL=https://accounts.example.com
# DATABASE_URL=postgres://gatehouse:password@localhost:5432/gatehouse

# To send mail.
# SMTP_URL=smtp://user:password@smtp.example.com:587
# MAIL_FROM=Acme <accounts@example.com>

# To send push messages to browsers; other services: docs/guides/push.md.
# VAPID_PRIVATE_KEY=${vapidKey}
# VAPID_SUBJECT=mailto:operations@example.com`,
});
