import * as auditCheckpoints from "../../../packages/server/src/audit/chain/checkpoint-store.ts";
import * as auditPartitions from "../../../packages/server/src/audit/chain/partition-store.ts";
import * as auditChain from "../../../packages/server/src/audit/chain/store.ts";
import * as auditVerification from "../../../packages/server/src/audit/chain/verify-store.ts";
import * as auditErasure from "../../../packages/server/src/audit/erase-store.ts";
import * as auditEvents from "../../../packages/server/src/audit/event-store.ts";
import * as auditLists from "../../../packages/server/src/audit/store.ts";
import type { Call, CallsOf } from "./call.ts";
import { digest, newEvent, now, page, uuid } from "./samples.ts";

const month = `${new Date().toISOString().slice(0, 7)}-01`;

const monthPart = { month, after: "0", limit: 100 };

const auditEventCalls: CallsOf<typeof auditEvents> = {
  insertEvents: (trx) => auditEvents.insertEvents(trx, newEvent, [uuid]),
  // It only makes a part of other stores' statements.
  writeEvents: async () => undefined,
};

const auditErasureCalls: CallsOf<typeof auditErasure> = {
  clearPersonal: async (trx) => {
    for (const column of ["actor_id", "impersonator_id", "account_id"] as const) {
      await auditErasure.clearPersonal(trx, column, uuid);
    }
  },
};

const auditListCalls: CallsOf<typeof auditLists> = {
  async listEvents(trx) {
    await auditLists.listEvents(trx, {}, page);
    await auditLists.listEvents(trx, { actor: uuid }, page);
    await auditLists.listEvents(trx, { user: uuid, action: "user.updated" }, page);
    await auditLists.listEvents(trx, { target: uuid, from: now, to: now }, page);
  },
  listEventsAfter: (trx) => auditLists.listEventsAfter(trx, {}, { after: "0", limit: 100 }),
  listEventsOfAccount: (trx) => auditLists.listEventsOfAccount(trx, { account: uuid, actions: ["user.updated"] }, page),
};

const auditChainCalls: CallsOf<typeof auditChain> = {
  // Only a part of other statements.
  linkedTexts: async () => undefined,
  lockChain: (trx) => auditChain.lockChain(trx),
  moveHorizon: (trx) => auditChain.moveHorizon(trx, "3"),
  listUnlinked: (trx) =>
    auditChain.listUnlinked(trx, { from: "9000000000", below: "9000000001", orFrom: undefined, limit: 100 }),
  findHead: (trx) => auditChain.findHead(trx, month),
  listHeads: (trx) => auditChain.listHeads(trx),
  async insertLinks(trx) {
    await auditChain.createLinkPartition(trx, month);
    const bytes = { salt: digest, commitment: digest, digest };
    await auditChain.insertLinks(trx, [{ month, position: "9000000000", eventId: "9000000000", ...bytes }]);
  },
  createLinkPartition: (trx) => auditChain.createLinkPartition(trx, month),
};

const auditCheckpointCalls: CallsOf<typeof auditCheckpoints> = {
  findNewestKey: (trx) => auditCheckpoints.findNewestKey(trx),
  listKeys: (trx) => auditCheckpoints.listKeys(trx),
  insertKey: (trx) => auditCheckpoints.insertKey(trx, { keyId: "key", publicJwk: {}, privateKey: digest }, now),
  findNewestCheckpoint: (trx) => auditCheckpoints.findNewestCheckpoint(trx),
  insertCheckpoint: (trx) => auditCheckpoints.insertCheckpoint(trx, "token", now),
  listCheckpoints: (trx) => auditCheckpoints.listCheckpoints(trx, { after: "0", limit: 100 }),
  deleteCheckpoints: (trx) => auditCheckpoints.deleteCheckpoints(trx, new Date(0)),
};

const auditVerificationCalls: CallsOf<typeof auditVerification> = {
  listLinkedMonths: (trx) => auditVerification.listLinkedMonths(trx),
  listLinks: (trx) => auditVerification.listLinks(trx, monthPart),
  listUnlinkedOf: (trx) => auditVerification.listUnlinkedOf(trx, monthPart),
  findLinkAt: (trx) => auditVerification.findLinkAt(trx, month, "1"),
  listDropProofs: (trx) => auditVerification.listDropProofs(trx, month),
};

const auditPartitionCalls: CallsOf<typeof auditPartitions> = {
  createPartition: (trx) => auditPartitions.createPartition(trx, month),
  listDefaultMonths: (trx) => auditPartitions.listDefaultMonths(trx),
  listPartitionMonths: (trx) => auditPartitions.listPartitionMonths(trx),
  dropPartition: (trx) => auditPartitions.dropPartition(trx, "1999-01-01"),
};

/** The calls of each function of these stores, by the file. */
export const auditStatements: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  "audit/event-store.ts": auditEventCalls,
  "audit/erase-store.ts": auditErasureCalls,
  "audit/store.ts": auditListCalls,
  "audit/chain/store.ts": auditChainCalls,
  "audit/chain/checkpoint-store.ts": auditCheckpointCalls,
  "audit/chain/verify-store.ts": auditVerificationCalls,
  "audit/chain/partition-store.ts": auditPartitionCalls,
};
