export { type Origin, type SignIn, signIn } from "./service.ts";
