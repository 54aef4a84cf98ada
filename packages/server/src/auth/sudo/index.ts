export { requireRecentProof } from "./service.ts";
