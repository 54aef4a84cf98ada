export { mailExpenses } from "./budget.ts";
export { mailUser, warnOwner } from "./service.ts";
