export { issueCode, matchCode, takeCode } from "./code.ts";
export { digestLinkToken, findLink, issueLink, makeLink, type Origin, proves, redeemLink } from "./link.ts";
export {
  deleteExpiredTokens,
  dropTokens,
  dropTokensAfterUndo,
  findReservedForUndo,
  isHeld,
  isReservedForUndo,
  type OneTimeTokenRow,
} from "./store.ts";
