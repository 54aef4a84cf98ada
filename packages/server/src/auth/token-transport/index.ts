export { leave, refreshBy, signInBy } from "./service.ts";
