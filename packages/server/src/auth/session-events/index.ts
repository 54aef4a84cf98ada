export { SessionWatch } from "./watch.ts";
