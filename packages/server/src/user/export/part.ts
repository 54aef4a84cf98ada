/** Where a part belongs: its export, by the public id, and its position from 0. */
interface PartPlace {
  readonly exportId: string;
  readonly position: number;
}

/** The id of a part, which it is sealed for: a part that was moved to another place or export does not open. */
export function partId({ exportId, position }: PartPlace): string {
  return `${exportId}/${position}`;
}

/** The context that a part is sealed with. */
export function partContext(id: string): string {
  return `data export:${id}`;
}
