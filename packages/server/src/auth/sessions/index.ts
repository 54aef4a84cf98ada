export { parseUserAgent } from "./user-agent.ts";
