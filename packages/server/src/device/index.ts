export { claimDevice, type DeviceDescription, isKnownDevice, releaseDevices, unlinkDevices } from "./service.ts";
