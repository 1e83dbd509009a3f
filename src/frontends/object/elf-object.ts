// An object file as the reader needs it: sections by name, symbols by number, relocations by the section that they change.

import { type ElfFile, ElfType, type Section, SectionFlag, SectionType, SymbolType } from '../../elf/index.ts';
import { objectError } from './object-error.ts';

/** EM_BPF; objects of old assemblers have EM_NONE. */
const EM_BPF = 247;
const EM_NONE = 0;
const SHT_RELA = 4;
const SHT_REL = 9;
const STV_HIDDEN = 2;
const STV_INTERNAL = 1;
const STB_LOCAL = 0;
const STB_WEAK = 2;
const REL_BYTES = 16;
const RELA_BYTES = 24;
const SYMBOL_BYTES = 24;
const ST_OTHER = 5;

/** R_BPF_*: https://www.kernel.org/doc/html/latest/bpf/llvm_reloc.html */
export const RelocationType = { LD_IMM64: 1, ABS64: 2, CALL: 10 } as const;

export interface ObjectSymbol {
  readonly index: number;
  readonly name: string;
  /** Bytes from the start of its section. */
  readonly value: number;
  readonly size: number;
  /** 0 when another file defines it. */
  readonly section: number;
  readonly isFunction: boolean;
  readonly isSection: boolean;
  readonly local: boolean;
  readonly weak: boolean;
  /** Not seen outside of the object, whatever its binding. */
  readonly hidden: boolean;
}

export interface ObjectRelocation {
  /** Bytes from the start of the section that is changed. */
  readonly offset: number;
  readonly type: number;
  readonly symbol: ObjectSymbol;
}

export class ElfObject {
  readonly elf: ElfFile;
  readonly symbols: readonly ObjectSymbol[];
  readonly #relocations = new Map<number, ObjectRelocation[]>();

  constructor(elf: ElfFile) {
    const { machine, type, is64 } = elf.header;
    if (!is64 || (machine !== EM_BPF && machine !== EM_NONE)) {
      throw objectError('the file is ELF, but not of BPF.', 'compile it with `clang -target bpf -g -O2 -c`');
    }
    if (type !== ElfType.REL) throw objectError('the file is ELF of BPF, but not an object file.');
    this.elf = elf;
    this.symbols = readSymbols(elf);
    for (const section of elf.sections) this.#readRelocations(section);
  }

  section(name: string): Section | undefined {
    return this.elf.section(name);
  }

  data(section: Section): Uint8Array {
    return this.elf.data(section);
  }

  nameOf(section: number): string {
    return this.elf.sections[section]?.name ?? '';
  }

  /** Sections with code, `.text` included. */
  codeSections(): Section[] {
    return this.elf.sections.filter(
      (section) =>
        section.type === SectionType.PROGBITS && (section.flags & SectionFlag.EXECINSTR) !== 0 && section.size > 0,
    );
  }

  /** The relocations of a section, by offset. */
  relocations(section: number): readonly ObjectRelocation[] {
    return this.#relocations.get(section) ?? [];
  }

  /** Functions of a section, by where they start. */
  functions(section: number): ObjectSymbol[] {
    return this.symbols
      .filter((symbol) => symbol.section === section && symbol.isFunction)
      .sort((a, b) => a.value - b.value);
  }

  #readRelocations(section: Section): void {
    if (section.type !== SHT_REL && section.type !== SHT_RELA) return;
    const size = section.type === SHT_REL ? REL_BYTES : RELA_BYTES;
    const bytes = this.data(section);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const found: ObjectRelocation[] = [];
    for (let at = 0; at + size <= bytes.length; at += size) {
      const number = view.getUint32(at + 12, true);
      const symbol = this.symbols[number];
      if (!symbol) throw objectError(`a relocation of ${section.name} names symbol ${number}, which does not exist.`);
      found.push({ offset: Number(view.getBigUint64(at, true)), type: view.getUint32(at + 8, true), symbol });
    }
    this.#relocations.set(
      section.info,
      found.sort((a, b) => a.offset - b.offset),
    );
  }
}

function readSymbols(elf: ElfFile): ObjectSymbol[] {
  const table = elf.symtab;
  const section = elf.sections.find((candidate) => candidate.type === SectionType.SYMTAB);
  if (!table || !section) return [];
  const bytes = elf.data(section);
  return Array.from({ length: table.count }, (_, index) => {
    const visibility = (bytes[index * SYMBOL_BYTES + ST_OTHER] ?? 0) & 3;
    const type = table.type(index);
    return {
      index,
      name: table.name(index),
      value: Number(table.address(index)),
      size: table.size(index),
      section: table.section(index),
      isFunction: type === SymbolType.FUNC,
      isSection: type === SymbolType.SECTION,
      local: table.binding(index) === STB_LOCAL,
      weak: table.binding(index) === STB_WEAK,
      hidden: visibility === STV_HIDDEN || visibility === STV_INTERNAL,
    };
  });
}
