// The code of an object: functions of every section, with what its relocations and its line table say of each instruction.

import type { Btf } from '../../btf/index.ts';
import type { Section } from '../../elf/index.ts';
import { decode, type Instruction, SLOT_SIZE } from '../../isa/index.ts';
import type { BtfExt, FunctionRecord, LineRecord } from './btf-ext.ts';
import { applyCore } from './core.ts';
import type { ElfObject, ObjectSymbol } from './elf-object.ts';
import { objectError } from './object-error.ts';

/** A piece of a section with a name: an entry program or a subprogram. */
export interface CodeFunction {
  readonly name: string;
  readonly code: CodeSection;
  /** First slot in the section. */
  readonly start: number;
  readonly end: number;
  /** Seen outside of the object: the verifier looks at it alone. */
  readonly global: boolean;
  /** Id of its FUNC in the object's BTF. */
  readonly type?: number;
}

export class CodeSection {
  readonly index: number;
  readonly name: string;
  readonly instructions: readonly Instruction[];
  readonly functions: readonly CodeFunction[];
  readonly lines: readonly LineRecord[];
  /** What the relocation of each slot refers to. */
  readonly symbols: ReadonlyMap<number, ObjectSymbol>;

  constructor(object: ElfObject, section: Section, context: CodeContext) {
    this.index = section.index;
    this.name = section.name;
    const bytes = object.data(section);
    if (bytes.length % SLOT_SIZE !== 0) throw objectError(`the section ${section.name} is not whole instructions.`);
    const instructions = decode(bytes);
    const { ext, btf } = context;
    if (btf) applyCore(instructions, ext.core.get(section.name) ?? [], btf, context.target ?? btf);
    this.instructions = instructions;
    this.lines = [...(ext.lines.get(section.name) ?? [])].sort((a, b) => a.slot - b.slot);
    this.symbols = new Map(object.relocations(section.index).map(({ offset, symbol }) => [offset / SLOT_SIZE, symbol]));
    this.functions = this.#functions(object, ext.functions.get(section.name) ?? []);
  }

  /** The function that begins at a slot. */
  functionAt(slot: number): CodeFunction | undefined {
    return this.functions.find((one) => one.start === slot);
  }

  #functions(object: ElfObject, records: readonly FunctionRecord[]): CodeFunction[] {
    const symbols = object.functions(this.index);
    // Objects of other assemblers have sections without symbols of functions.
    if (symbols.length === 0) {
      const name = this.name.replace(/\W/g, '_');
      return [{ name, code: this, start: 0, end: this.instructions.length, global: true }];
    }
    return symbols.map((symbol, index) => {
      const start = symbol.value / SLOT_SIZE;
      const next = symbols[index + 1]?.value ?? this.instructions.length * SLOT_SIZE;
      const end = (symbol.size > 0 ? symbol.value + symbol.size : next) / SLOT_SIZE;
      const type = records.find((record) => record.slot === start)?.type;
      if (!Number.isInteger(start) || end > this.instructions.length) {
        throw objectError(`the function '${symbol.name}' does not lie inside its section ${this.name}.`);
      }
      return {
        name: symbol.name,
        code: this,
        start,
        end,
        global: !symbol.local && !symbol.hidden,
        ...(type !== undefined && { type }),
      };
    });
  }
}

export interface CodeContext {
  readonly btf: Btf | undefined;
  /** Types of the kernel that the program is to run on; those of the object without them. */
  readonly target: Btf | undefined;
  readonly ext: BtfExt;
}

/** All sections with code, by index. */
export function readCode(object: ElfObject, context: CodeContext): Map<number, CodeSection> {
  return new Map(
    object.codeSections().map((section) => [section.index, new CodeSection(object, section, context)] as const),
  );
}
