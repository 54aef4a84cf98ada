import { createHash } from "node:crypto";
import type { AuditDeps } from "../../audit/call.ts";
import { recordEvent } from "../../audit/record.ts";
import { addSeconds, hourSeconds } from "../../clock.ts";
import type { Config } from "../../config.ts";
import { type Database, type DatabaseTransaction, inTransaction } from "../../database/connection.ts";
import { GatehouseError } from "../../errors.ts";
import { type Picture, type PictureSize, pictureSizes } from "../../picture/picture.ts";
import type { Pictures } from "../../picture/pictures.ts";
import type { EventDeps } from "../../webhook/publish.ts";
import { publishChange, toUser, type User } from "../service.ts";
import { changeUser, lockUser, type UserRow } from "../store.ts";
import { pictureDeletionJob } from "./deletion.ts";
import { findShownPicture, insertPicture, keepPicture, releasePictures } from "./store.ts";

/** What a change of a user's picture needs. */
interface ChangeDeps extends AuditDeps, EventDeps {}

interface AvatarDeps extends ChangeDeps {
  readonly config: Pick<Config, "publicUrl" | "pictures">;
  readonly db: Database;
  readonly pictures: Pictures;
}

/** Seconds within which an upload must be complete, from when its files are written. */
const uploadSeconds = hourSeconds;

/** Bytes kept of the digest of a picture: enough to tell any two pictures apart. */
const hashBytes = 18;

/**
 * Shows this image as the user's picture and returns the user. Throws `PAYLOAD_TOO_LARGE`, `PICTURE_INVALID`,
 * `PICTURES_NOT_CONFIGURED`, and `NOT_FOUND` if the user was deleted meanwhile.
 */
export async function setAvatar(deps: AvatarDeps, userId: string, image: Uint8Array): Promise<User> {
  if (image.length > deps.config.pictures.maxBytes) throw new GatehouseError("PAYLOAD_TOO_LARGE");
  const picture = await deps.pictures.encoder.encode(image);
  const id = await store(deps, userId, picture);
  return await inTransaction(deps.db, (trx) => show(deps, trx, { userId, shown: { id, hash: hashOf(picture) } }));
}

/** Removes the user's picture, if there is one. Throws `NOT_FOUND` if the user was deleted meanwhile. */
export async function removeAvatar(deps: AvatarDeps, userId: string): Promise<void> {
  await inTransaction(deps.db, (trx) => show(deps, trx, { userId, shown: undefined }));
}

/** Writes the files. Until they are shown they count as an upload that failed, so that a crash leaves nothing behind. */
async function store(deps: AvatarDeps, userId: string, picture: Picture): Promise<string> {
  const { newIn: storage } = deps.pictures;
  const id = deps.random.uuid();
  const createdAt = deps.clock.now();
  await insertPicture(deps.db, { id, userId, storage, createdAt, deleteAfter: addSeconds(createdAt, uploadSeconds) });
  await deps.pictures.storage(storage).put(id, picture);
  return id;
}

interface Showing {
  readonly userId: string;
  readonly shown: { readonly id: string; readonly hash: string } | undefined;
}

/** The change of the user's row comes first: it makes other changes of the same user's picture wait. */
async function show(deps: AvatarDeps, trx: DatabaseTransaction, { userId, shown }: Showing): Promise<User> {
  const user = await replacePicture(deps, trx, { userId, shown });
  if (user === undefined) throw new GatehouseError("NOT_FOUND");
  if (shown !== undefined && !(await keepPicture(trx, shown.id))) throw new Error("the upload took too long");
  await deps.jobs.enqueue(trx, pictureDeletionJob, {});
  return toUser(user, deps.config);
}

/**
 * Points the user's row at another picture or none, records and publishes it, and lets the earlier ones be deleted by the next
 * run of the job.
 */
async function replacePicture(
  deps: ChangeDeps,
  trx: DatabaseTransaction,
  { userId, shown }: Showing,
): Promise<UserRow | undefined> {
  const now = deps.clock.now();
  const columns = { avatar_id: shown?.id ?? null, avatar_hash: shown?.hash ?? null, updated_at: now };
  const before = await lockUser(trx, userId);
  const user = await changeUser(trx, userId, columns);
  await releasePictures(trx, { userId, except: shown?.id, now });
  if (before === undefined || user === undefined) return undefined;
  const changes = { avatar: { from: before.avatar_hash, to: user.avatar_hash } };
  const updated = { action: "user.updated", kind: "user", targetId: user.public_id, changes } as const;
  if (changes.avatar.from !== changes.avatar.to) await recordEvent(deps, trx, updated);
  await publishChange(deps, trx, { before, after: user });
  return user;
}

/** Removes the picture of a user whose account somebody else set up. */
export async function clearAvatar(deps: ChangeDeps, trx: DatabaseTransaction, userId: string): Promise<void> {
  await replacePicture(deps, trx, { userId, shown: undefined });
}

function hashOf(picture: Picture): string {
  const digest = createHash("sha256");
  for (const size of pictureSizes) digest.update(picture[size]);
  return digest.digest().toString("base64url", 0, hashBytes);
}

interface AvatarRequest {
  readonly publicId: string;
  readonly hash: string | undefined;
  readonly size: PictureSize;
}

/** A picture's file, or the digest that its address must name. */
type FoundAvatar = { readonly hash: string; readonly content: Uint8Array } | { readonly movedTo: string };

/** Finds the file of the picture that a user shows. Throws `NOT_FOUND` if they show none, or may not sign in. */
export async function findAvatar(
  { db, pictures }: Pick<AvatarDeps, "db" | "pictures">,
  { publicId, hash, size }: AvatarRequest,
): Promise<FoundAvatar> {
  const shown = await findShownPicture(db, publicId);
  if (shown === undefined) throw new GatehouseError("NOT_FOUND");
  if (hash !== shown.hash) return { movedTo: shown.hash };
  const content = await pictures.storage(shown.storage).get(shown.id, size);
  // Replaced meanwhile.
  if (content === undefined) throw new GatehouseError("NOT_FOUND");
  return { hash: shown.hash, content };
}
