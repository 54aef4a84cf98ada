// Installs a copy of this folder as the README says for production, starts the server from there, and calls it: what
// runs here may still lean on packages that only development installs.
import { randomUUID } from "node:crypto";
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createOwnDatabase } from "../tests/support/own-database.ts";
import { checkCalls } from "./production-install/calls.ts";
import { copyCheckout } from "./production-install/checkout.ts";
import { readInstallCommand } from "./production-install/install-command.ts";
import { productionSettings } from "./production-install/settings.ts";
import { run } from "./run-program.ts";
import { startServer } from "./start-server.ts";

await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-production-install-"));
copyCheckout(folder.path);
const [command, ...args] = readInstallCommand();
run(folder.path, command, ...args);
console.log(`✓ installed: ${command} ${args.join(" ")}`);
run(folder.path, process.execPath, join("apps", "api", "src", "cli", "main.ts"), "--help");
console.log("✓ the command line says what it can do");

await using database = await createOwnDatabase(`gatehouse_install_${randomUUID().slice(0, 8)}`);
await using server = await startServer(folder.path, productionSettings(database.url));
console.log(`✓ against the server: ${await checkCalls(server.url)}`);
const exitCode = await server.stop();
if (exitCode !== 0) throw new Error(`After SIGTERM the server ended with code ${exitCode}, not 0`);
console.log("✓ it stopped at SIGTERM, with code 0");
