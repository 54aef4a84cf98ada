export type { DeviceDescription } from "./installation.ts";
export { claimDevice, isKnownDevice, releaseDevices } from "./service.ts";
export { deleteAnonymousDevices } from "./store.ts";
