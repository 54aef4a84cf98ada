import { mkdtemp, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A file system in memory, which Linux has; a container may have given it 64 MB. */
const memoryFolder = "/dev/shm";
/** More than the databases of a run take, with their log. */
const neededBytes = 3 * 1024 ** 3;

/** A new folder for files that nobody keeps: in memory where there is plenty, otherwise on the disk. */
export async function createScratchFolder(prefix: string): Promise<string> {
  return await mkdtemp(join((await hasRoomInMemory()) ? memoryFolder : tmpdir(), prefix));
}

async function hasRoomInMemory(): Promise<boolean> {
  if (process.platform !== "linux" || process.availableMemory() < 2 * neededBytes) return false;
  const { bavail, bsize } = await statfs(memoryFolder).catch(() => ({ bavail: 0, bsize: 0 }));
  return bavail * bsize >= neededBytes;
}
