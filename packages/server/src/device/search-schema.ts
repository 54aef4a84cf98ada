import { z } from "zod";
import { localeSchema } from "../schema/locale.ts";
import { pageInput, pageOf } from "../schema/page.ts";
import { text } from "../schema/text.ts";
import { momentSchema } from "../schema/timestamp.ts";
import { comparableVersion } from "./app-version.ts";
import { deviceSchema, platformSchema, pushServiceSchema } from "./schema.ts";

/** In UTF-16 code units. Longer than any text of a device: it is no mistake, and nothing is found. */
const maxSearchLength = 12_000;

const versionSchema = z
  .string()
  .regex(comparableVersion, "Must be up to eight numbers with dots between them, such as 2.3.1")
  .meta({ examples: ["2.3"] });

/** The input of `device.search`. */
export const searchDevicesInput = z
  .strictObject({
    search: text({ min: 0, max: maxSearchLength })
      .optional()
      .meta({
        description: "A part of the name, model or installation id, without regard to case, or the whole id",
        examples: ["pixel"],
      }),
    userId: z.uuid().optional(),
    platform: platformSchema.optional(),
    pushService: pushServiceSchema.optional(),
    minAppVersion: versionSchema
      .optional()
      .meta({ description: "Devices with this version or a later one. A version that is no numbers is not found" }),
    maxAppVersion: versionSchema.optional().meta({ description: "Devices with this version or an earlier one" }),
    locale: localeSchema
      .optional()
      .meta({ description: "en finds en-GB too, and en-GB does not find en", examples: ["en"] }),
    active: z.boolean().optional(),
    muted: z.boolean().optional(),
    lastSeenFrom: momentSchema.optional(),
    lastSeenTo: momentSchema.optional().meta({ description: "The first moment that is too late" }),
    ...pageInput,
  })
  .prefault({});

/** A device as operators see it. */
const foundDeviceSchema = deviceSchema
  .extend({ userId: z.uuid().nullable().meta({ description: "Whose it is; null for nobody's" }) })
  .meta({ id: "FoundDevice" });

/** The output of `device.search`. */
export const searchDevicesOutput = pageOf(foundDeviceSchema);
