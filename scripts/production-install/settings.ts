import { randomBytes } from "node:crypto";

/** The environment of a production server: what the README asks for, and nothing that this process has besides. */
export function productionSettings(databaseUrl: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    NODE_ENV: "production",
    PUBLIC_URL: "https://accounts.example.com",
    DATABASE_URL: databaseUrl,
    ENCRYPTION_KEYS: `1:${randomBytes(32).toString("base64")}`,
  };
}
