export { type JsonWebKeySet, loadSigningKeys } from "./service.ts";
