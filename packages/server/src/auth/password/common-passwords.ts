import { commonPasswordList } from "./common-passwords.gen.ts";

/**
 * The form in which passwords are compared with what attackers try first: without regard to case and to look-alike
 * forms (NFKC). Nothing is hashed in this form.
 */
export function foldPassword(password: string): string {
  return password.normalize("NFKC").toLowerCase().normalize("NFKC");
}

/** The bundled list of the most common passwords, each as {@link foldPassword} gives it; some 2 MB, so make it once. */
export function loadCommonPasswords(): ReadonlySet<string> {
  return new Set(commonPasswordList.trim().split(/\s+/));
}
