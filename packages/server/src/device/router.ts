import type { TRPCRouterRecord } from "@trpc/server";
import { z } from "zod";
import { callLimits } from "../limits/call-limit.ts";
import { authedProcedure, permissionProcedure, publicProcedure, scopedProcedure } from "../rpc/procedures.ts";
import { pushEcho } from "./push-echo.ts";
import {
  describeDeviceInput,
  deviceSchema,
  listDevicesInput,
  listDevicesOutput,
  pushEchoOutput,
  registerDeviceOutput,
  undescribeDeviceInput,
  updateDeviceInput,
  webPushKeyOutput,
} from "./schema.ts";
import { searchDevices } from "./search.ts";
import { searchDevicesInput, searchDevicesOutput } from "./search-schema.ts";
import { linkDevice, listDevices, registerDevice, unlinkDevice } from "./service.ts";
import { updateDevice } from "./settings.ts";

const tags = ["Devices"];

/** The procedures for devices: the installations of apps, with their users and push tokens. */
export const deviceRouter = {
  register: publicProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/devices",
        tags,
        summary: "Register or update a device anonymously",
        description:
          "For an app in which nobody is signed in yet. Later calls must send the `deviceSecret`. A device gets no push messages before somebody signs in on it.",
      },
      successStatus: 201,
      limits: [callLimits.deviceRegistration],
      errors: ["DEVICE_SECRET_INVALID"],
      audit: ["device.registered", "device.unlinked"],
    })
    .input(describeDeviceInput)
    .output(registerDeviceOutput)
    .mutation(({ ctx, input }) => registerDevice(ctx.deps, input)),

  link: authedProcedure
    .meta({
      openapi: {
        method: "PUT",
        path: "/v1/devices/{installationId}",
        tags,
        summary: "Make a device the caller's",
        description:
          "The caller's session is on the device from then on. Call it at each start of an app with the present push token, version and language: a field that is left out keeps its value. While another user is signed in on the device, it takes the `deviceSecret`.",
      },
      errors: ["DEVICE_LINKED_TO_ANOTHER_USER"],
      audit: ["device.linked", "device.unlinked"],
    })
    .input(describeDeviceInput)
    .output(deviceSchema)
    .mutation(({ ctx, input }) => linkDevice(ctx.deps, ctx.actor, input)),

  list: scopedProcedure("device:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/devices",
        tags,
        summary: "List the caller's devices",
        description:
          "The newest first, also those on which nobody is signed in any more. No call returns a push token.",
      },
    })
    .input(listDevicesInput)
    .output(listDevicesOutput)
    .query(({ ctx, input }) => listDevices(ctx.deps, ctx.actor, input)),

  pushEcho: authedProcedure
    .meta({
      openapi: {
        method: "POST",
        path: "/v1/devices/push-echo",
        tags,
        summary: "Send a test message to the caller's own devices",
        description: "To those that have a push token, are not muted, and on which the caller is signed in.",
      },
      successStatus: 202,
      limits: [callLimits.pushEcho],
      audit: { none: "It sends a test to the caller's own devices and changes nothing" },
    })
    .input(z.void())
    .output(pushEchoOutput)
    .mutation(({ ctx }) => pushEcho(ctx.deps, ctx.actor)),

  search: permissionProcedure("user:read")
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/devices/search",
        tags,
        summary: "Search the devices of all users",
        description:
          "The newest first. A page may have fewer devices than `limit`, or none, and still have a `nextCursor`: the search goes on there.",
      },
    })
    .input(searchDevicesInput)
    .output(searchDevicesOutput)
    .query(({ ctx, input }) => searchDevices(ctx.deps, input)),

  update: scopedProcedure("device:write")
    .meta({
      openapi: {
        method: "PATCH",
        path: "/v1/devices/{installationId}",
        tags,
        summary: "Name or mute a device of the caller",
        description:
          "From any of the caller's devices. A muted device gets no push messages at all, security notices included.",
      },
      errors: ["NOT_FOUND"],
      audit: ["device.updated"],
    })
    .input(updateDeviceInput)
    .output(deviceSchema)
    .mutation(({ ctx, input }) => updateDevice(ctx.deps, ctx.actor, input)),

  webPushKey: publicProcedure
    .meta({
      openapi: {
        method: "GET",
        path: "/v1/devices/web-push-key",
        tags,
        summary: "Read the key by which browsers subscribe to push messages",
        description: "Pass it as applicationServerKey to pushManager.subscribe; docs/guides/push.md shows how.",
      },
    })
    .input(z.void())
    .output(webPushKeyOutput)
    .query(({ ctx }) => ({ publicKey: ctx.deps.config.push.webPush?.publicKey ?? null })),

  unlink: scopedProcedure("device:write")
    .meta({
      openapi: {
        method: "DELETE",
        path: "/v1/devices/{installationId}",
        tags,
        summary: "Unlink a device",
        description:
          "The device is nobody's from then on, without a push token. Sessions on it go on: `DELETE /v1/auth/sessions/{id}` ends them.",
      },
      errors: ["NOT_FOUND"],
      audit: ["device.unlinked"],
    })
    .input(undescribeDeviceInput)
    .output(z.void())
    .mutation(({ ctx, input }) => unlinkDevice(ctx.deps, ctx.actor, input.installationId)),
} satisfies TRPCRouterRecord;
