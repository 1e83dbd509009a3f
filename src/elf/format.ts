// The numbers and records of ELF that a tracer needs: the System V ABI, its x86-64 and AArch64 supplements, and
// elf(5). Both word sizes; little-endian only, as everything that beetrace traces.

export const ElfType = { REL: 1, EXEC: 2, DYN: 3, CORE: 4 } as const;

export const Machine = { I386: 3, ARM: 40, X86_64: 62, AARCH64: 183, RISCV: 243 } as const;

export const SegmentType = { LOAD: 1, DYNAMIC: 2, INTERP: 3, NOTE: 4 } as const;

export const SegmentFlag = { EXECUTE: 1, WRITE: 2, READ: 4 } as const;

export const SectionType = {
  NULL: 0,
  PROGBITS: 1,
  SYMTAB: 2,
  STRTAB: 3,
  DYNAMIC: 6,
  NOTE: 7,
  NOBITS: 8,
  DYNSYM: 11,
} as const;

export const SectionFlag = { ALLOC: 2, EXECINSTR: 4, COMPRESSED: 0x800 } as const;

export const SymbolType = { NOTYPE: 0, OBJECT: 1, FUNC: 2, SECTION: 3, FILE: 4, TLS: 6, GNU_IFUNC: 10 } as const;

export const SymbolBinding = { LOCAL: 0, GLOBAL: 1, WEAK: 2, GNU_UNIQUE: 10 } as const;

/** The section index of symbols that are defined elsewhere. */
export const SHN_UNDEF = 0;
/** Section indices from here on are not sections (absolute values, common blocks). */
export const SHN_LORESERVE = 0xff00;

export const DynamicTag = { NULL: 0, NEEDED: 1, STRTAB: 5, SONAME: 14, RPATH: 15, RUNPATH: 29 } as const;

/** A part of the file that is loaded, or that the loader reads. */
export interface Segment {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  /** Virtual address in the image before it is moved to where it is loaded. */
  readonly address: bigint;
  readonly fileSize: number;
  readonly memorySize: number;
}

export interface Section {
  readonly index: number;
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly size: number;
  /** Index of the section that this one refers to: of a symbol table, its strings. */
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
  readonly entrySize: number;
}

export interface ElfHeader {
  readonly is64: boolean;
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly segmentOffset: number;
  readonly segmentCount: number;
  readonly segmentSize: number;
  readonly sectionOffset: number;
  readonly sectionCount: number;
  readonly sectionSize: number;
  readonly sectionNames: number;
}

export type SymbolKind = 'function' | 'object' | 'indirect-function' | 'other';
export type SymbolBindingName = 'local' | 'global' | 'weak';

export interface ElfSymbol {
  /** Without a version (`@GLIBC_2.14`). */
  readonly name: string;
  readonly address: bigint;
  readonly size: number;
  readonly kind: SymbolKind;
  readonly binding: SymbolBindingName;
  /** Index of its section; 0 for a symbol that another file defines. */
  readonly section: number;
}
