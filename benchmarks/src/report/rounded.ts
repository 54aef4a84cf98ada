/** A number to so many digits, as a number. */
export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
