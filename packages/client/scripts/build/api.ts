// The server's API, as the package publishes it. This file is compiled and never run: tsc infers the types of these
// constants and writes them into their declaration, from which build.ts makes types again.
import type * as server from "@gatehouse/server/api";
import { describeRouter, describeUnion } from "./describe.ts";

/** The type of Gatehouse's own API. */
export const AppRouter = describeRouter<server.AppRouter>();

/** A code of the server's registry of errors: stable, meant for programs. */
export const GatehouseErrorCode = describeUnion<server.GatehouseErrorCode>();
