// Addresses to symbols: the symbols of one image, from however many files (the binary, its debug file), sorted by address
// in typed arrays.

import { highHalf } from '../base/bytes.ts';
import { lowerOrEqual, sortedOrder } from '../base/sorted.ts';
import { type Section, SectionFlag, SymbolBinding, SymbolType } from './format.ts';
import type { SymbolTable } from './symbol-table.ts';

/** A symbol table with what is needed to judge its symbols. */
export interface TableInFile {
  readonly table: SymbolTable;
  /** The sections of the file, by index. */
  readonly sections: readonly Pick<Section, 'flags' | 'address' | 'size'>[];
}

export interface SymbolHit {
  readonly name: string;
  /** Distance of the address from the start of the symbol. */
  readonly offset: number;
}

/** How far to look back for a symbol that encloses an address which others start before. */
const LOOK_BACK = 64;

export class AddressIndex {
  readonly #base: bigint;
  readonly #files: readonly TableInFile[];
  readonly #addresses: Float64Array;
  /** Which table, and which of its symbols. */
  readonly #tableOf: Uint8Array;
  readonly #indexOf: Uint32Array;

  /** `base` is the address of the image's first segment; symbols below it (per-CPU variables of a kernel) are left out. */
  constructor(files: readonly TableInFile[], base: bigint) {
    this.#base = base;
    this.#files = files;
    const found = collect(files, base);
    const order = sortedOrder(found.addresses);
    this.#addresses = new Float64Array(order.length);
    this.#tableOf = new Uint8Array(order.length);
    this.#indexOf = new Uint32Array(order.length);
    for (let at = 0; at < order.length; at++) {
      const index = order[at]!;
      this.#addresses[at] = found.addresses[index]!;
      this.#tableOf[at] = found.tableOf[index]!;
      this.#indexOf[at] = found.indexOf[index]!;
    }
  }

  get count(): number {
    return this.#addresses.length;
  }

  /** The symbol that an address lies in. */
  at(address: bigint): SymbolHit | undefined {
    const distance = Number(address - this.#base);
    const found = this.#find(distance);
    if (found === -1) return undefined;
    return { name: this.#table(found).name(this.#indexOf[found]!), offset: distance - this.#addresses[found]! };
  }

  /** A symbol with a size must contain the address; one without reaches to the next symbol or the end of its section. */
  #find(distance: number): number {
    const last = lowerOrEqual(this.#addresses, distance);
    let best = -1;
    let open = -1;
    for (let at = last; at >= 0 && at > last - LOOK_BACK; at--) {
      const address = this.#addresses[at]!;
      if (best !== -1 && address !== this.#addresses[best]) break;
      const size = this.#table(at).size(this.#indexOf[at]!);
      if (distance < address + size) {
        if (best === -1 || this.#isBetter(at, best)) best = at;
      } else if (size === 0 && address === this.#addresses[last] && (open === -1 || this.#isBetter(at, open))) {
        open = at;
      }
    }
    if (best !== -1) return best;
    return open !== -1 && distance < this.#sectionEnd(open) ? open : -1;
  }

  #sectionEnd(at: number): number {
    const { table, sections } = this.#files[this.#tableOf[at]!]!;
    const section = sections[table.section(this.#indexOf[at]!)];
    return section ? Number(section.address - this.#base) + section.size : 0;
  }

  /** Of several names of one address: a function's, one that others may link to, one that is not meant to be hidden. */
  #isBetter(candidate: number, best: number): boolean {
    const difference = this.#rank(candidate) - this.#rank(best);
    if (difference !== 0) return difference > 0;
    return this.#name(candidate).length < this.#name(best).length;
  }

  #rank(at: number): number {
    const table = this.#table(at);
    const index = this.#indexOf[at]!;
    const type = table.type(index);
    const isFunction = type === SymbolType.FUNC || type === SymbolType.GNU_IFUNC;
    const underscores = /^_*/.exec(this.#name(at))![0].length;
    const isLinkable = table.binding(index) !== SymbolBinding.LOCAL;
    return (isFunction ? 1000 : 0) + (isLinkable ? 100 : 0) - underscores;
  }

  #name(at: number): string {
    return this.#table(at).name(this.#indexOf[at]!);
  }

  #table(at: number): SymbolTable {
    return this.#files[this.#tableOf[at]!]!.table;
  }
}

interface Candidates {
  readonly addresses: Float64Array;
  readonly tableOf: Uint8Array;
  readonly indexOf: Uint32Array;
}

function collect(files: readonly TableInFile[], base: bigint): Candidates {
  const from = { high: highHalf(base) >>> 0, low: Number(base & 0xffff_ffffn) };
  const room = files.reduce((sum, { table }) => sum + table.count, 0);
  const addresses = new Float64Array(room);
  const tableOf = new Uint8Array(room);
  const indexOf = new Uint32Array(room);
  let count = 0;
  for (const [tableIndex, { table, sections }] of files.entries()) {
    for (let index = 1; index < table.count; index++) {
      if (!namesPlace(table, index, sections)) continue;
      const distance = table.distance(index, from);
      if (distance < 0) continue;
      addresses[count] = distance;
      tableOf[count] = tableIndex;
      indexOf[count] = index;
      count++;
    }
  }
  return { addresses: addresses.subarray(0, count), tableOf, indexOf };
}

/** Whether a symbol names code or data. Labels of assembly code have no type; those with a `$` are for disassemblers. */
function namesPlace(table: SymbolTable, index: number, sections: TableInFile['sections']): boolean {
  const type = table.type(index);
  const isTyped = type === SymbolType.FUNC || type === SymbolType.OBJECT || type === SymbolType.GNU_IFUNC;
  if (!isTyped && type !== SymbolType.NOTYPE) return false;
  if (!table.isDefined(index)) return false;
  // Data without a size is a mark, such as the end of a section.
  if (isTyped) return type !== SymbolType.OBJECT || table.size(index) > 0;
  const isCode = ((sections[table.section(index)]?.flags ?? 0) & SectionFlag.EXECINSTR) !== 0;
  return isCode && /^[^$]/.test(table.name(index));
}
