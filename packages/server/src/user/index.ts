export { canonicalEmail, canonicalIdentifier } from "./canonical.ts";
export {
  changeEmail,
  changePhone,
  createUser,
  findUserByIdentifier,
  getUser,
  type NewUser,
  refuseTakenEmail,
  refuseTakenUsername,
  throwTaken,
  toUser,
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
