export {
  createUser,
  findUserByIdentifier,
  getUser,
  type NewUser,
  refuseTakenEmail,
  throwTaken,
  toUser,
} from "./service.ts";
export { lockActiveUser, type UserRow } from "./store.ts";
