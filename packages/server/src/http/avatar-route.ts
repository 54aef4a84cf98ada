import type { FastifyInstance } from "fastify";
import type { Dependencies } from "../dependencies.ts";
import { GatehouseError } from "../errors.ts";
import { pictureMediaType } from "../picture/picture.ts";
import { toFieldErrors } from "../schema/field-errors.ts";
import { avatarAddress } from "../user/avatar/schema.ts";
import { findAvatar } from "../user/avatar/service.ts";

/** How long a picture may be cached, in seconds: a year, the longest that caches are asked for. */
const maxAgeSeconds = 31_536_000;

/**
 * Adds the pictures of users, which anybody may see who knows the user's id. An address that names the content (`hash`) is
 * cacheable for ever; any other one redirects to it.
 */
export function addAvatarRoute(app: FastifyInstance, deps: Dependencies): void {
  app.get("/v1/users/:id/avatar", async (request, reply) => {
    const { id, hash, size } = readAddress({ ...(request.query as object), ...(request.params as object) });
    const found = await findAvatar(deps, { publicId: id, hash, size });
    if ("movedTo" in found) {
      const address = `/v1/users/${id}/avatar?hash=${found.movedTo}&size=${size}`;
      return reply.header("cache-control", "no-cache").redirect(address, 302);
    }
    const tag = `"${found.hash}-${size}"`;
    reply.header("cache-control", `public, max-age=${maxAgeSeconds}, immutable`).header("etag", tag);
    if (request.headers["if-none-match"]?.includes(tag)) return reply.code(304).send();
    return reply.type(pictureMediaType).send(found.content);
  });
}

function readAddress(given: object) {
  const { success, data, error } = avatarAddress.safeParse(given);
  if (success) return data;
  // An id that is none names nobody.
  if (error.issues.some(({ path }) => path[0] === "id")) throw new GatehouseError("NOT_FOUND");
  throw new GatehouseError("INVALID_INPUT", { errors: toFieldErrors(error.issues) });
}
