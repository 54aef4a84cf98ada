/** Rows of keys, by the letters of a script and by what the same keys are on a Latin keyboard (QWERTY). */
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

/** The text as the same keys write it on a Latin keyboard, where the estimator knows which keys are side by side. */
export function onLatinKeys(text: string): string {
  return text.replace(/[^\p{ASCII}]/gu, (character) => latinKeys.get(character.toLowerCase()) ?? character);
}
