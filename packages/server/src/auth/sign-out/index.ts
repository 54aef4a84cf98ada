export { endSessions } from "./service.ts";
