// Reads a BPF object file as compilers make it (ELF with BTF) into programs and maps, as a loader does: programs by the names of
// their sections, maps, relocations, CO-RE. Nothing of a kernel is needed; with the BTF of one, CO-RE is done for it.

import { nearest } from '../../base/text.ts';
import { Btf } from '../../btf/index.ts';
import { openBtf } from '../../btf/open.ts';
import { ElfFile } from '../../elf/index.ts';
import type { Instruction } from '../../isa/index.ts';
import { type BtfExt, type LineRecord, NO_BTF_EXT, readBtfExt } from './btf-ext.ts';
import { type CodeFunction, type CodeSection, readCode } from './code.ts';
import { ElfObject } from './elf-object.ts';
import { type KernelConfig, readExterns } from './externs.ts';
import { type FunctionShape, functionShapes } from './function-shapes.ts';
import { type KernelReference, type LinkContext, type LinkedProgram, linkProgram, type MapReference } from './link.ts';
import { type ObjectMap, readLicense, readMaps } from './maps.ts';
import { objectError } from './object-error.ts';
import { type SectionMeaning, sectionMeaning, sectionNames } from './sections.ts';

export interface ObjectOptions {
  /** Types of the kernel that the programs are to run on; CO-RE is done with the object's own types without them. */
  readonly target?: Btf;
  /** Settings of that kernel; none are set without it. */
  readonly config?: KernelConfig;
}

/** An entry program with all functions that it reaches. */
export interface ObjectProgram {
  readonly name: string;
  /** Name of its section. */
  readonly section: string;
  readonly meaning: SectionMeaning;
  readonly kind: string;
  readonly attachKind?: string;
  /** `imm` of a wide load of a map or of its value is an index into the object's maps. */
  readonly instructions: readonly Instruction[];
  /** The maps that it uses, as indices into those of the object. */
  readonly maps: readonly number[];
  readonly mapReferences: readonly MapReference[];
  readonly kernelReferences: readonly KernelReference[];
  readonly functions: readonly FunctionShape[];
  /** From a slot to the source line it was made for, until the next. */
  readonly lines: readonly LineRecord[];
}

export interface BpfObject {
  readonly programs: readonly ObjectProgram[];
  readonly maps: readonly ObjectMap[];
  readonly license: string;
  readonly btf?: Btf;
}

/**
 * Reads an object file.
 * @throws TraceError `ERR_OBJECT` or `ERR_ELF_MALFORMED` when it is none, or refers to what is not there.
 */
export function readObject(bytes: Uint8Array, options: ObjectOptions = {}): BpfObject {
  const object = new ElfObject(ElfFile.open(bytes));
  const { btf, ext } = readTypes(object);
  const described = readMaps(object, btf);
  const externOptions = { btf, target: options.target, config: options.config ?? (() => undefined) };
  const { externs, map } = readExterns({ ...externOptions, symbols: object.symbols }, described.list.length);
  const maps = map ? readMaps(object, btf, [map]) : described;
  const sections = readCode(object, { btf, target: options.target, ext });
  const context: LinkContext = { sections, maps, externs };
  const programs = [...sections.values()].flatMap((section) =>
    entries(section).map((entry) => program(entry, context, btf)),
  );
  if (programs.length === 0) {
    throw objectError('the object has no programs.', 'a program stands in a section such as SEC("xdp")');
  }
  return { programs, maps: maps.list, license: readLicense(object), ...(btf && { btf }) };
}

function readTypes(object: ElfObject): { readonly btf: Btf | undefined; readonly ext: BtfExt } {
  const section = object.section('.BTF');
  if (!section) return { btf: undefined, ext: NO_BTF_EXT };
  const bytes = object.data(section).slice();
  const ext = object.section('.BTF.ext');
  const records = ext ? readBtfExt(object.data(ext), openBtf(bytes).strings) : NO_BTF_EXT;
  return { btf: Btf.parse(bytes), ext: records };
}

/** The programs of a section; `.text` has only functions that programs call. */
function entries(section: CodeSection): CodeFunction[] {
  if (section.name === '.text') return [];
  const own = section.functions.filter((one) => one.global);
  if (own.length === 0) {
    const name = section.functions[0]?.name ?? '';
    throw objectError(`the program '${name}' in section ${section.name} is static, and would never run.`);
  }
  return own;
}

function program(entry: CodeFunction, context: LinkContext, btf: Btf | undefined): ObjectProgram {
  const linked = linkProgram(entry, context);
  const meaning = meaningOf(entry);
  const { kind, attachKind } = meaning;
  return {
    name: entry.name,
    section: entry.code.name,
    meaning,
    kind,
    ...(attachKind !== undefined && { attachKind }),
    instructions: linked.instructions,
    maps: [...new Set(linked.maps.map(({ map }) => map))],
    mapReferences: linked.maps,
    kernelReferences: linked.kernel,
    functions: functionShapes(linked, kind, btf),
    lines: linesOf(linked),
  };
}

/** Sections that no loader knows hold programs whose kind must be said when they are loaded. */
function meaningOf(entry: CodeFunction): SectionMeaning {
  const { name } = entry.code;
  const found = sectionMeaning(name);
  if (found) return found;
  const near = nearest(name.split('/')[0]!, sectionNames);
  if (near !== undefined) {
    throw objectError(`no kind of program stands in a section named '${name}'.`, `did you mean '${near}'?`);
  }
  return { kind: 'socket_filter', target: '', section: '', optional: false };
}

function linesOf({ functions }: LinkedProgram): LineRecord[] {
  return functions.flatMap(({ source, slot }) =>
    source.code.lines
      .filter((line) => line.slot >= source.start && line.slot < source.end)
      .map((line) => ({ ...line, slot: line.slot - source.start + slot })),
  );
}
