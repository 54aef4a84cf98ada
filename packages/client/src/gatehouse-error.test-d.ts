import type * as server from "@gatehouse/server/api";
import { expectTypeOf } from "vitest";
import {
  type FieldError,
  type GatehouseErrorData,
  isGatehouseError,
  type PasswordRefusalReason,
  type StepUpMethod,
} from "./gatehouse-error.ts";

// The client spells out what the server sends; the two are the same.
expectTypeOf<GatehouseErrorData>().toEqualTypeOf<server.GatehouseErrorShape["data"]>();
expectTypeOf<FieldError>().toEqualTypeOf<server.FieldError>();
expectTypeOf<PasswordRefusalReason>().toEqualTypeOf<server.PasswordRefusalReason>();
expectTypeOf<StepUpMethod>().toEqualTypeOf<server.StepUpMethod>();

const error: unknown = new Error();
if (isGatehouseError(error)) expectTypeOf(error.data.code).toEqualTypeOf<server.GatehouseErrorCode>();
if (isGatehouseError(error, "EMAIL_TAKEN")) expectTypeOf(error.data.code).toEqualTypeOf<"EMAIL_TAKEN">();
if (isGatehouseError(error, "EMAIL_TAKEN", "USERNAME_TAKEN")) {
  expectTypeOf(error.data.code).toEqualTypeOf<"EMAIL_TAKEN" | "USERNAME_TAKEN">();
  expectTypeOf(error.data.errors).toEqualTypeOf<readonly FieldError[]>();
  expectTypeOf(error.data.requestId).toEqualTypeOf<string | null>();
  expectTypeOf(error.data.retryAfterSeconds).toEqualTypeOf<number | undefined>();
  expectTypeOf(error.data.methods).toEqualTypeOf<readonly StepUpMethod[] | undefined>();
}
// @ts-expect-error no code of the server's
isGatehouseError(error, "EMAIL_TAKEN_ALREADY");
