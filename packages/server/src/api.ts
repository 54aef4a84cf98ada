import type { TRPCBuiltRouter, TRPCRouterRecord } from "@trpc/server";
import type { gatehouseRecords } from "./app-router.ts";
import type { GatehouseErrorShape } from "./rpc/error-conversion.ts";

export type { FieldError, GatehouseErrorCode } from "./errors.ts";
export type { PasswordRefusalReason } from "./password-refusal.ts";
export type { GatehouseErrorShape } from "./rpc/error-conversion.ts";
export type { StepUpMethod } from "./step-up-challenge.ts";
export type { WebhookEvent } from "./webhook/event-types.ts";

/** The root types that clients see. The server's context stays hidden. */
interface PublicRootTypes {
  ctx: object;
  meta: object;
  errorShape: GatehouseErrorShape;
  transformer: true;
}

/** The type of the API of an app that mounts its own records beside Gatehouse's. */
export type AppRouterWith<Records extends TRPCRouterRecord> = TRPCBuiltRouter<
  PublicRootTypes,
  typeof gatehouseRecords & Records
>;

/** The type of Gatehouse's own API. */
export type AppRouter = TRPCBuiltRouter<PublicRootTypes, typeof gatehouseRecords>;
