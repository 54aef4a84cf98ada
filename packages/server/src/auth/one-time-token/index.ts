export { issueCode, matchCode, takeCode } from "./code.ts";
export { digestLinkToken, findLink, issueLink, makeLink, redeemLink } from "./link.ts";
export {
  deleteExpiredTokens,
  dropTokens,
  dropTokensAfterUndo,
  findReservedForUndo,
  isHeld,
  isReservedForUndo,
} from "./store.ts";
