/**
 * Characters that are estimated at a time, since the time grows faster than their square. A password is strong if one part of
 * it is, and 32 characters without a pattern are strong.
 */
const estimatedCharacters = 32;

/**
 * The forms of a password that are estimated: NFKC, which unites look-alike characters; NFC, the hashed form, since NFKC expands
 * some characters to a whole phrase; and the keys that were pressed. Line ends become spaces, since the estimator ignores them.
 */
export function formsOf(password: string): ReadonlySet<string> {
  const compatible = password.normalize("NFKC");
  const forms = [compatible, password.normalize("NFC"), onLatinKeys(compatible)];
  return new Set(forms.map((form) => form.replace(/[\n\r\u2028\u2029]/g, " ")));
}

/** The shortest part that a text repeats throughout, at least twice; the text itself if it does not repeat. */
export function periodOf(text: string): string {
  for (let length = 1; length * 2 <= text.length; length += 1) {
    if (text.startsWith(text.slice(length))) return text.slice(0, length);
  }
  return text;
}

/** The first characters of a text, and the last ones too if it is longer. */
export function endsOf(text: string): ReadonlySet<string> {
  const characters = [...text];
  const ends = [characters.slice(0, estimatedCharacters), characters.slice(-estimatedCharacters)];
  return new Set(ends.map((end) => end.join("")));
}

/** The rows of a Latin keyboard (QWERTY), and the rows of other scripts on the same keys. */
const latinRows = ["qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,."];
const rowsOfScripts = [
  ["йцукенгшщзхъ", "фывапролджэ", "ячсмитьбю"],
  [";ςερτυθιοπ", "ασδφγηξκλ", "ζχψωβνμ"],
  ["/'קראטוןםפ", "שדגכעיחלךף", "זסבהנמצתץ"],
  ["ضصثقفغعهخحجد", "شسيبلاتنمكط", "ئءؤرىةوز"],
  ["ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔ", "ㅁㄴㅇㄹㅎㅗㅓㅏㅣ", "ㅋㅌㅊㅍㅠㅜㅡ"],
];

const latinKeys = new Map(
  rowsOfScripts.flatMap((rows) =>
    rows.flatMap((row, line) =>
      [...row].flatMap((key, place) => (/\p{L}/u.test(key) ? [[key, latinRows[line]?.[place] ?? key] as const] : [])),
    ),
  ),
);

/** The text that the same keys type on a Latin keyboard, whose neighbouring keys the estimator knows. */
function onLatinKeys(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (character) => latinKeys.get(character.toLowerCase()) ?? character);
}
