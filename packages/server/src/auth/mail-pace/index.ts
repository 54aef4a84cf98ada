export { type LaterMail, networkPlace, type PacedMail, restartPace, sendInTurn } from "./service.ts";
export { deleteExpiredPaces } from "./store.ts";
