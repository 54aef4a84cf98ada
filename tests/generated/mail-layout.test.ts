// `pnpm mail:build` writes the file.
import { expect, test } from "vitest";
import { compileMailLayout } from "../../packages/server/scripts/compile-mail-layout.ts";

test("the compiled layout of the mails matches layout.mjml", async () => {
  const compiled = "../../packages/server/src/delivery/email/templates/layout.gen.ts";
  await expect(await compileMailLayout()).toMatchFileSnapshot(compiled);
});
