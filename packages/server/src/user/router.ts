import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../limits/call-limit.ts";
import { imageMediaTypes } from "../picture/image-format.ts";
import { scopedProcedure } from "../rpc/procedures.ts";
import { credentialsRouter } from "./administration/credentials/router.ts";
import { administrationRouter } from "./administration/router.ts";
import { imageInput } from "./avatar/schema.ts";
import { removeAvatar, setAvatar } from "./avatar/service.ts";
import { bulkRouter } from "./bulk/router.ts";
import { deletionRouter } from "./deletion/router.ts";
import { exportRouter } from "./export/router.ts";
import { updateUser } from "./profile.ts";
import { updateUserInput, userSchema } from "./schema.ts";
import { getUser } from "./service.ts";

/** Bytes that a form may have beside the image. */
const maxFormBytes = 16 * 1024;

const tags = ["Users"];

/** People's accounts. */
export const userRouter = {
  me: scopedProcedure("profile:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/users/me",
        tags,
        summary: "The signed-in user",
        description: "The account of the access token or of the API key.",
      },
    })
    .input(z.void())
    .output(userSchema)
    .query(({ ctx }) => getUser(ctx.deps, ctx.actor.userId)),

  update: scopedProcedure("profile:write")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/users/me",
        tags,
        summary: "Change the profile of the signed-in user",
        description:
          "A missing field keeps its value, and null clears it. The address, the number and the password have operations of their own.",
      },
      errors: ["USERNAME_TAKEN", "USERNAME_RESERVED", "ANONYMOUS_ACCOUNT"],
      audit: ["user.updated"],
    })
    .input(updateUserInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => updateUser(ctx.deps, ctx.actor.userId, input)),

  setAvatar: scopedProcedure("profile:write")
    .meta({
      openapi: {
        method: "PUT",
        path: "/v1/users/me/avatar",
        tags,
        summary: "Set the picture of the signed-in user",
        description:
          "Takes a PNG, JPEG or WebP image, raw or as the file of a form. The server decides by its content, crops the middle to a square, and keeps no metadata.",
      },
      errors: ["PICTURE_INVALID", "PICTURES_NOT_CONFIGURED"],
      limits: [callLimits.picture],
      upload: imageMediaTypes,
      maxBodyBytes: ({ pictures }) => pictures.maxBytes + maxFormBytes,
      audit: ["user.updated"],
    })
    .input(imageInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => setAvatar(ctx.deps, ctx.actor.userId, input)),

  removeAvatar: scopedProcedure("profile:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/users/me/avatar",
        tags,
        summary: "Remove the picture of the signed-in user",
        description: "Copies in caches stay until they expire there. Without a picture, this answers like with one.",
      },
      audit: ["user.updated"],
    })
    .input(z.void())
    .output(z.void())
    .mutation(({ ctx }) => removeAvatar(ctx.deps, ctx.actor.userId)),

  ...deletionRouter,

  ...exportRouter,

  ...administrationRouter,
  ...credentialsRouter,
  ...bulkRouter,
} satisfies TRPCRouterRecord;
