import { randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { openDatabase } from "@gatehouse/server/database";
import { inject } from "vitest";
import { createScratchFolder } from "./scratch-folder.ts";
import { prepareTemplate } from "./template.ts";

/** The folder of an embedded database of one test's own, removed with it. */
export interface EmbeddedTestDatabase extends AsyncDisposable {
  /** For `DATA_DIR`. */
  readonly folder: string;
  /** The database in it. */
  readonly directory: string;
}

/**
 * A new migrated embedded database; with `empty`, one without any table. It is a copy: to make one takes seconds of CPU
 * time, which only the tests of a first start need to spend.
 */
export async function createEmbeddedDatabase({ empty = false } = {}): Promise<EmbeddedTestDatabase> {
  const template = await findTemplate(empty ? "empty" : "migrated");
  const folder = await createScratchFolder("gatehouse-embedded-");
  const directory = join(folder, "database");
  await cp(template, directory, { recursive: true });
  return { folder, directory, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** The directory to copy, made by the test that needs it first; of two that make it at once, one is kept. */
async function findTemplate(name: "empty" | "migrated"): Promise<string> {
  const template = join(inject("embeddedTemplates"), name);
  if (existsSync(template)) return template;
  const made = `${template}-${randomUUID()}`;
  await (name === "empty" ? makeEmpty(made) : prepareTemplate({ kind: "embedded", directory: made }));
  await rename(made, template).catch((error: unknown) => {
    if (!existsSync(template)) throw error;
  });
  return template;
}

async function makeEmpty(directory: string): Promise<void> {
  const db = await openDatabase({ kind: "embedded", directory }, () => undefined);
  await db.destroy();
}
