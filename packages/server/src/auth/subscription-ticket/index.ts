export { createSubscriptionTicket, identifySubscriber, type Subscriber } from "./service.ts";
export { deleteExpiredTickets } from "./store.ts";
