// Keeps the compiled layout of the mails equal to its source; --write writes it.
import { compileMailLayout } from "../packages/server/scripts/compile-mail-layout.ts";
import { writeOrCheck } from "./generated-file.ts";

writeOrCheck({
  path: "packages/server/src/delivery/email/templates/layout.gen.ts",
  content: await compileMailLayout(),
  command: "pnpm mail:build",
});
