// `pnpm gatehouse`: commands for operators, beside the running server; `pnpm gatehouse --help` lists them.
import { existsSync } from "node:fs";
import { runCommandLine } from "./command-line.ts";

if (existsSync(".env")) process.loadEnvFile(".env");
process.exitCode = await runCommandLine(process.argv.slice(2));
