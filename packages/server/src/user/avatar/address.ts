/** The user, and the digest of the picture; `null` for none. */
interface AvatarOwner {
  readonly public_id: string;
  readonly avatar_hash: string | null;
}

/**
 * Returns the URL of the picture at 256 pixels. It names the content, so what it returns never changes; a new picture has
 * another URL.
 */
export function avatarUrlOf({ public_id: id, avatar_hash: hash }: AvatarOwner, publicUrl: string): string | null {
  return hash === null ? null : `${publicUrl}/v1/users/${id}/avatar?hash=${hash}`;
}
