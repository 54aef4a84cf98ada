export { claimDevice, type DeviceDescription, releaseDevices } from "./service.ts";
