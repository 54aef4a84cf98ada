export { canonicalEmail, canonicalIdentifier, countedMailbox, mailbox } from "./canonical.ts";
export {
  changePhone,
  clearProfile,
  createUser,
  defaultLocale,
  findUserByIdentifier,
  getUser,
  isVouched,
  type NewUser,
  refuseTakenEmail,
  refuseTakenUsername,
  removePhone,
  storeProvenEmail,
  throwTaken,
  toUser,
  type User,
} from "./service.ts";
export {
  emailExists,
  findUser,
  lockActiveUser,
  lockUser,
  publicIdExists,
  type UserRow,
} from "./store.ts";
