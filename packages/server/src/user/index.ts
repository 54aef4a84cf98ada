export { canonicalEmail, canonicalIdentifier, countedMailbox, mailbox } from "./canonical.ts";
export {
  changeEmail,
  changePhone,
  createUser,
  defaultLocale,
  findUserByIdentifier,
  getUser,
  type NewUser,
  refuseTakenEmail,
  refuseTakenUsername,
  throwTaken,
  toUser,
  type User,
  verifyEmail,
} from "./service.ts";
export {
  emailExists,
  findUser,
  lockActiveUser,
  lockUser,
  publicIdExists,
  type UserRow,
} from "./store.ts";
