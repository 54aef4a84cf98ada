export { networkPlace, type PacedMail, restartPace, secondsToTurn, sendInTurn } from "./service.ts";
export { deleteExpiredPaces } from "./store.ts";
