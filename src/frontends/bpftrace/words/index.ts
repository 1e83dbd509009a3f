// All words of the language. A new word is a file and a line here.

import type { Word } from './word.ts';

export const words: readonly Word[] = [];

const byName = new Map(words.map((word) => [word.name, word]));
const families = words.filter((word) => word.kind !== 'aggregation' && word.matches !== undefined);

/** The word of a name, or of the family that the name belongs to. */
export function findWord(name: string): Word | undefined {
  return byName.get(name) ?? families.find((word) => word.kind !== 'aggregation' && word.matches!(name));
}

/** The names of all words, or of those of one kind. */
export function wordNames(kind?: Word['kind']): string[] {
  return words.filter((word) => kind === undefined || word.kind === kind).map((word) => word.name);
}
