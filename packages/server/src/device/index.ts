export { claimDevice, type DeviceDescription, isKnownDevice, releaseDevices } from "./service.ts";
