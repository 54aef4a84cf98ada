export { issueCode, matchCode, takeCode } from "./code.ts";
export { accountUrl, findLink, issueLink, redeemLink } from "./link.ts";
export { deleteExpiredTokens, dropTokens, isReservedForUndo } from "./store.ts";
