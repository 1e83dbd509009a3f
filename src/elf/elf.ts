// An ELF file: programs, shared objects, debug files, objects. Everything but the header is read when asked for.

import { cString, toHex } from '../base/bytes.ts';
import { AddressIndex, type SymbolHit, type TableInFile } from './address-index.ts';
import { type DynamicInfo, parseDynamic } from './dynamic.ts';
import {
  type ElfHeader,
  type ElfSymbol,
  type Section,
  SectionFlag,
  SectionType,
  type Segment,
  SegmentType,
  SymbolBinding,
  SymbolType,
} from './format.ts';
import { readExactly, readHeader, readSections, readSegments } from './header.ts';
import { buildIdOf, type Note, parseNotes } from './notes.ts';
import { type ByteSource, bytesSource } from './source.ts';
import { SymbolTable } from './symbol-table.ts';
import { parseUsdtNotes, type UsdtProbe } from './usdt.ts';

/** A function as uprobes need it. */
export interface FunctionLocation {
  readonly name: string;
  /** Offset in the file of the first instruction. */
  readonly offset: number;
  /** Length of the code; 0 when the symbol does not say. */
  readonly size: number;
  readonly address: bigint;
}

/** A USDT probe with the places in the file that uprobes take. */
export interface UsdtSite extends UsdtProbe {
  readonly offset: number;
  /** Offset in the file of the semaphore; absent without one. */
  readonly semaphoreOffset?: number;
}

/** What `.gnu_debuglink` says of the file with the debugging information. */
export interface DebugLink {
  readonly file: string;
  readonly crc: number;
}

export class ElfFile {
  readonly header: ElfHeader;
  readonly #source: ByteSource;
  #segments: readonly Segment[] | undefined;
  #sections: readonly Section[] | undefined;
  #tables: { readonly symtab?: SymbolTable; readonly dynsym?: SymbolTable } | undefined;
  #notes: readonly Note[] | undefined;
  #dynamic: DynamicInfo | undefined;
  #addresses: AddressIndex | undefined;

  private constructor(source: ByteSource) {
    this.#source = source;
    this.header = readHeader(source);
  }

  /** Opens a file; reads no more than its header. */
  static open(source: ByteSource | Uint8Array): ElfFile {
    return new ElfFile(source instanceof Uint8Array ? bytesSource(source) : source);
  }

  get segments(): readonly Segment[] {
    this.#segments ??= readSegments(this.#source, this.header);
    return this.#segments;
  }

  get sections(): readonly Section[] {
    this.#sections ??= readSections(this.#source, this.header);
    return this.#sections;
  }

  /** The first section of that name. */
  section(name: string): Section | undefined {
    return this.sections.find((section) => section.name === name);
  }

  /** The bytes of a section; none for one that takes no room in the file. */
  data(section: Section): Uint8Array {
    return section.type === SectionType.NOBITS ? new Uint8Array() : this.#bytes(section.offset, section.size);
  }

  /** The symbols for debugging, which `strip` removes. */
  get symtab(): SymbolTable | undefined {
    return this.#symbolTables().symtab;
  }

  /** The symbols for dynamic linking. */
  get dynsym(): SymbolTable | undefined {
    return this.#symbolTables().dynsym;
  }

  /** The symbol of that name that this file defines: one for dynamic linking first, and global before weak before local. */
  symbol(name: string): ElfSymbol | undefined {
    return this.#findSymbol(name, () => true);
  }

  /** All functions that this file defines, each name once, those for dynamic linking first. */
  *functions(): Generator<ElfSymbol> {
    const seen = new Set<string>();
    for (const table of [this.dynsym, this.symtab]) {
      for (let index = 1; table && index < table.count; index++) {
        if (table.type(index) !== SymbolType.FUNC || !table.isDefined(index)) continue;
        const symbol = table.symbol(index);
        if (symbol.name === '' || seen.has(symbol.name)) continue;
        seen.add(symbol.name);
        yield symbol;
      }
    }
  }

  /** Where a function starts in the file. Not for indirect functions: their symbol is that of the code that chooses. */
  functionOffset(name: string): FunctionLocation | undefined {
    const symbol = this.#findSymbol(name, (table, index) => table.type(index) === SymbolType.FUNC);
    const offset = symbol && this.addressToOffset(symbol.address);
    return offset === undefined ? undefined : { name, offset, size: symbol!.size, address: symbol!.address };
  }

  /** The offset in the file of what is loaded at a virtual address of the image. */
  addressToOffset(address: bigint): number | undefined {
    const segment = this.#loads().find(
      (load) => address >= load.address && address < load.address + BigInt(load.fileSize),
    );
    return segment && Number(address - segment.address) + segment.offset;
  }

  /** The virtual address in the image of an offset in the file. */
  offsetToAddress(offset: number): bigint | undefined {
    const segment = this.#loads().find((load) => offset >= load.offset && offset < load.offset + load.fileSize);
    return segment && segment.address + BigInt(offset - segment.offset);
  }

  /** The symbol that a virtual address of the image lies in. */
  symbolAt(address: bigint): SymbolHit | undefined {
    this.#addresses ??= new AddressIndex(this.symbolTables(), this.baseAddress);
    return this.#addresses.at(address);
  }

  /** The symbol tables, for an AddressIndex over several files. */
  symbolTables(): TableInFile[] {
    const { sections } = this;
    return [this.symtab, this.dynsym].filter((table) => table !== undefined).map((table) => ({ table, sections }));
  }

  /** The virtual address of the first segment that is loaded. */
  get baseAddress(): bigint {
    return this.#loads()[0]?.address ?? 0n;
  }

  /** The notes of all note sections, or of the note segments where there are no sections. */
  get notes(): readonly Note[] {
    this.#notes ??= this.#readNotes();
    return this.#notes;
  }

  /** The build id in hexadecimal. */
  get buildId(): string | undefined {
    const id = buildIdOf(this.notes);
    return id && toHex(id);
  }

  /** The USDT probes whose code is in this file. */
  usdtProbes(): UsdtSite[] {
    const base = this.section('.stapsdt.base');
    const { is64, machine } = this.header;
    const context = base ? { is64, machine, baseAddress: base.address } : { is64, machine };
    return parseUsdtNotes(this.notes, context).flatMap((probe) => {
      const offset = this.addressToOffset(probe.address);
      if (offset === undefined) return [];
      const semaphoreOffset = probe.semaphore === 0n ? undefined : this.addressToOffset(probe.semaphore);
      return [semaphoreOffset === undefined ? { ...probe, offset } : { ...probe, offset, semaphoreOffset }];
    });
  }

  get debugLink(): DebugLink | undefined {
    const section = this.section('.gnu_debuglink');
    if (!section || section.size < 8) return undefined;
    const bytes = this.data(section);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return { file: cString(bytes), crc: view.getUint32(bytes.length - 4, true) };
  }

  /** The program interpreter, which executables that are linked dynamically have. */
  get interpreter(): string | undefined {
    const segment = this.segments.find(({ type }) => type === SegmentType.INTERP);
    return segment && cString(this.#bytes(segment.offset, segment.fileSize));
  }

  /** What the dynamic linker is told: needed libraries, own name, where to search. */
  get dynamic(): DynamicInfo {
    this.#dynamic ??= this.#readDynamic();
    return this.#dynamic;
  }

  #loads(): readonly Segment[] {
    return this.segments.filter(({ type }) => type === SegmentType.LOAD);
  }

  #bytes(offset: number, length: number): Uint8Array {
    const view = readExactly(this.#source, offset, length);
    return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  }

  #symbolTables(): { readonly symtab?: SymbolTable; readonly dynsym?: SymbolTable } {
    this.#tables ??= { ...this.#table('symtab', SectionType.SYMTAB), ...this.#table('dynsym', SectionType.DYNSYM) };
    return this.#tables;
  }

  #table(key: 'symtab' | 'dynsym', type: number): { [key: string]: SymbolTable } {
    const section = this.sections.find((candidate) => candidate.type === type);
    const strings = section && this.sections[section.link];
    if (!section || !strings) return {};
    return { [key]: new SymbolTable(this.data(section), this.data(strings), this.header.is64) };
  }

  #findSymbol(name: string, wanted: (table: SymbolTable, index: number) => boolean): ElfSymbol | undefined {
    for (const table of [this.dynsym, this.symtab]) {
      const found = table?.find(name).filter((index) => table.isDefined(index) && wanted(table, index)) ?? [];
      const best = found.sort((a, b) => bindingOrder(table!.binding(a)) - bindingOrder(table!.binding(b)))[0];
      if (best !== undefined) return table!.symbol(best);
    }
    return undefined;
  }

  #readNotes(): Note[] {
    const sections = this.sections.filter(({ type, flags }) => {
      return type === SectionType.NOTE && (flags & SectionFlag.COMPRESSED) === 0;
    });
    if (sections.length > 0) return sections.flatMap((section) => parseNotes(this.data(section), section.alignment));
    return this.segments
      .filter(({ type }) => type === SegmentType.NOTE)
      .flatMap((segment) => parseNotes(this.#bytes(segment.offset, segment.fileSize)));
  }

  #readDynamic(): DynamicInfo {
    const segment = this.segments.find(({ type }) => type === SegmentType.DYNAMIC);
    if (!segment) return { needed: [] };
    const stringsAt = (address: bigint): Uint8Array => {
      const offset = this.addressToOffset(address);
      const load = this.#loads().find((candidate) => {
        return offset !== undefined && offset >= candidate.offset && offset < candidate.offset + candidate.fileSize;
      });
      if (offset === undefined || !load) return new Uint8Array();
      return this.#bytes(offset, load.offset + load.fileSize - offset);
    };
    return parseDynamic(this.#bytes(segment.offset, segment.fileSize), this.header.is64, stringsAt);
  }
}

function bindingOrder(binding: number): number {
  if (binding === SymbolBinding.LOCAL) return 2;
  return binding === SymbolBinding.WEAK ? 1 : 0;
}
