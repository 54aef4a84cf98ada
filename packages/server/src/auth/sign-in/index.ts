export { type Origin, type SignedIn, type SignIn, signIn } from "./service.ts";
