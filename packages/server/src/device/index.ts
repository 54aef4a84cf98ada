export type { DeviceDescription } from "./installation.ts";
export { claimDevice, isKnownDevice, releaseDevices, unlinkDevices } from "./service.ts";
export { deleteAnonymousDevices } from "./store.ts";
