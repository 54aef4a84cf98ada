export { createOutboxMailSender, createOutboxSmsSender, listOutbox, readOutbox } from "./service.ts";
export type { OutboxRow } from "./store.ts";
