// Erases the deleted user whose internal id is the first argument.
import { openScope } from "./scope.ts";

const [id = ""] = process.argv.slice(2);

await using scope = await openScope();
const { eraseUser } = await import("../../../../packages/server/src/user/deletion/erase.ts");
if (!(await eraseUser(scope.deps, id, new Date()))) throw new Error(`There is no deleted user ${id}`);
