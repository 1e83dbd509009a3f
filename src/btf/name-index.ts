// Names to type ids without making a string for each of the kernel's 70,000 names: an open-addressing table of ids,
// filled in one pass over the bytes of the names, which are compared in place on lookup.

import { hashName, type StringSection } from './strings.ts';

/** A multimap from names to numbers; the numbers of one name come back in the order in which they were added. */
export class NameIndex {
  readonly #strings: StringSection;
  readonly #slots: Uint32Array;
  readonly #mask: number;

  /** `capacity` is the largest number of entries that will be added. */
  constructor(strings: StringSection, capacity: number) {
    this.#strings = strings;
    let size = 16;
    while (size < capacity * 2) size *= 2;
    // Two words a slot: the value plus one (0 is free) and the offset of its name.
    this.#slots = new Uint32Array(size * 2);
    this.#mask = size - 1;
  }

  add(nameOffset: number, value: number): void {
    const slots = this.#slots;
    let slot = this.#strings.hash(nameOffset) & this.#mask;
    while (slots[slot * 2] !== 0) slot = (slot + 1) & this.#mask;
    slots[slot * 2] = value + 1;
    slots[slot * 2 + 1] = nameOffset;
  }

  find(name: Uint8Array): number[] {
    const found: number[] = [];
    const slots = this.#slots;
    let slot = hashName(name) & this.#mask;
    for (let entry = slots[slot * 2]!; entry !== 0; entry = slots[slot * 2]!) {
      if (this.#strings.equals(slots[slot * 2 + 1]!, name)) found.push(entry - 1);
      slot = (slot + 1) & this.#mask;
    }
    return found;
  }
}
