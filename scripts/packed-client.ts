// Packs the client, installs it as its users would, and proves that it works there: it compiles under every usual
// setting, mistakes do not, its declarations do not tell how the server works, and it talks to a real server.
import { mkdtempDisposable } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { checkDeclarations } from "./packed-client/declarations.ts";
import { checkJourney } from "./packed-client/journey.ts";
import { createProject } from "./packed-client/project.ts";
import { checkTypes } from "./packed-client/type-checks.ts";

await using folder = await mkdtempDisposable(join(tmpdir(), "gatehouse-packed-client-"));
const project = createProject(folder.path);
console.log(`✓ ${project.packages} packages installed with the client and TypeScript`);
console.log(`✓ ${checkDeclarations(project)} declarations name nothing of the server's insides`);
for (const setting of checkTypes(project)) console.log(`✓ compiles, and mistakes do not: ${setting}`);
console.log(`✓ against a real server: ${await checkJourney(project)}`);
