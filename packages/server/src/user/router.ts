import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { scopedProcedure } from "../rpc/procedures.ts";
import { administrationRouter } from "./administration/router.ts";
import { updateUserInput, userSchema } from "./schema.ts";
import { getUser, updateUser } from "./service.ts";

const tags = ["Users"];

/** People's accounts. */
export const userRouter = {
  me: scopedProcedure("profile:read")
    .meta({ openapi: { method: "GET", path: "/v1/users/me", tags, summary: "The signed-in user" } })
    .input(z.void())
    .output(userSchema)
    .query(({ ctx }) => getUser(ctx.deps, ctx.actor.userId)),

  update: scopedProcedure("profile:write")
    .meta({
      openapi: { method: "PATCH", path: "/v1/users/me", tags, summary: "Change the profile of the signed-in user" },
      errors: ["USERNAME_TAKEN"],
      audit: ["user.updated"],
    })
    .input(updateUserInput)
    .output(userSchema)
    .mutation(({ ctx, input }) => updateUser(ctx.deps, ctx.actor.userId, input)),

  ...administrationRouter,
} satisfies TRPCRouterRecord;
