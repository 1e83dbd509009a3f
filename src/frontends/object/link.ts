// Makes one program of an entry function and all functions that it reaches: puts them one after another, each once, and lets
// every call, map and variable refer to what it means.

import { CALL, type Instruction, isWide, PseudoCall, PseudoLoad, SLOT_SIZE } from '../../isa/index.ts';
import type { CodeFunction, CodeSection } from './code.ts';
import { poison } from './core-patch.ts';
import type { ObjectSymbol } from './elf-object.ts';
import type { Externs } from './externs.ts';
import type { ObjectMaps } from './maps.ts';
import { objectError } from './object-error.ts';

/** The helper that stands where a function of the kernel is missing; libbpf's base for them. */
const MISSING_FUNCTION = 2_002_000_000;

/** A function in a linked program. */
export interface LinkedFunction {
  readonly source: CodeFunction;
  /** First slot in the program. */
  readonly slot: number;
  /** The program takes its address, to hand it to a helper. */
  readonly callback: boolean;
}

/** A wide load of a map or of a byte of a map's value. */
export interface MapReference {
  readonly slot: number;
  readonly map: number;
  /** Offset in the value; absent for a reference to the map. */
  readonly offset?: number;
}

/** A name that the kernel is to resolve. */
export interface KernelReference {
  readonly slot: number;
  readonly kind: 'kfunc' | 'kernel-variable' | 'kernel-symbol';
  readonly symbol: string;
}

export interface LinkedProgram {
  readonly instructions: readonly Instruction[];
  readonly functions: readonly LinkedFunction[];
  readonly maps: readonly MapReference[];
  readonly kernel: readonly KernelReference[];
}

export interface LinkContext {
  readonly sections: ReadonlyMap<number, CodeSection>;
  readonly maps: ObjectMaps;
  readonly externs: Externs;
}

export function linkProgram(entry: CodeFunction, context: LinkContext): LinkedProgram {
  return new Linker(context).link(entry);
}

class Linker {
  readonly #context: LinkContext;
  readonly #slots = new Map<CodeFunction, number>();
  readonly #callbacks = new Set<CodeFunction>();
  readonly #maps: MapReference[] = [];
  readonly #kernel: KernelReference[] = [];

  constructor(context: LinkContext) {
    this.#context = context;
  }

  link(entry: CodeFunction): LinkedProgram {
    this.#place(entry);
    const instructions: Instruction[] = [];
    for (const [source, slot] of this.#slots) {
      const copy = source.code.instructions.slice(source.start, source.end);
      for (let at = 0; at < copy.length; at++) at += this.#rewrite(copy, at, source, slot);
      for (const instruction of copy) instructions.push(instruction);
    }
    return {
      instructions,
      functions: [...this.#slots].map(([source, slot]) => ({ source, slot, callback: this.#callbacks.has(source) })),
      maps: this.#maps,
      kernel: this.#kernel,
    };
  }

  /** Gives the function a place, and then all that it refers to. */
  #place(source: CodeFunction): void {
    if (this.#slots.has(source)) return;
    const last = [...this.#slots].at(-1);
    this.#slots.set(source, last ? last[1] + last[0].end - last[0].start : 0);
    const { instructions } = source.code;
    for (let at = source.start; at < source.end; at++) {
      const callee = this.#callee(source.code, at, instructions[at]!);
      if (callee) this.#place(callee);
    }
  }

  /** The function of this object that an instruction calls or takes the address of. */
  #callee(code: CodeSection, at: number, { code: opcode, src, imm }: Instruction): CodeFunction | undefined {
    const symbol = code.symbols.get(at);
    if (opcode === CALL) {
      if (symbol && symbol.section === 0) return undefined;
      if (symbol) return this.#functionAt(symbol.section, symbol.value / SLOT_SIZE + imm + 1, symbol);
      return src === PseudoCall.SUBPROGRAM ? this.#functionAt(code.index, at + imm + 1) : undefined;
    }
    if (!isWide(opcode) || !symbol || !this.#context.sections.has(symbol.section)) return undefined;
    const callback = this.#functionAt(symbol.section, (symbol.value + imm) / SLOT_SIZE, symbol);
    this.#callbacks.add(callback);
    return callback;
  }

  #functionAt(section: number, slot: number, symbol?: ObjectSymbol): CodeFunction {
    const found = this.#context.sections.get(section)?.functionAt(slot);
    if (found) return found;
    throw objectError(
      `a call of ${symbol?.name || `slot ${slot}`} leads to the middle of a function or out of the code.`,
    );
  }

  /** Lets the instruction refer to what it means; returns how many further slots it takes. */
  #rewrite(copy: Instruction[], at: number, source: CodeFunction, base: number): number {
    const old = copy[at]!;
    const slot = base + at;
    const callee = this.#callee(source.code, source.start + at, old);
    if (callee) {
      const distance = this.#slots.get(callee)! - slot - 1;
      const pseudo = old.code === CALL ? PseudoCall.SUBPROGRAM : PseudoLoad.FUNC;
      copy[at] = { ...old, src: pseudo, off: 0, imm: distance };
      if (isWide(old.code)) copy[at + 1] = { ...copy[at + 1]!, imm: 0 };
    } else {
      const symbol = source.code.symbols.get(source.start + at);
      if (symbol && old.code === CALL) this.#kernelCall(copy, at, slot, symbol);
      else if (symbol && isWide(old.code)) this.#wide(copy, at, slot, symbol);
      else if (symbol)
        throw objectError(`instruction ${source.start + at} of ${source.code.name} cannot be relocated.`);
    }
    return isWide(old.code) ? 1 : 0;
  }

  #kernelCall(copy: Instruction[], at: number, slot: number, symbol: ObjectSymbol): void {
    const found = this.#context.externs.function(symbol);
    if (found === 'missing') {
      poison(copy, at, MISSING_FUNCTION);
      return;
    }
    copy[at] = { ...copy[at]!, src: PseudoCall.KFUNC, off: 0, imm: found };
    this.#kernel.push({ slot, kind: 'kfunc', symbol: symbol.name });
  }

  #wide(copy: Instruction[], at: number, slot: number, symbol: ObjectSymbol): void {
    if (symbol.section === 0) {
      this.#external(copy, at, slot, symbol);
      return;
    }
    const place = this.#context.maps.at(symbol.section, symbol.value);
    if (!place) throw objectError(`the program uses '${symbol.name}', which is neither a map, data nor a function.`);
    if (place.value) this.#mapValue(copy, at, slot, place.map, symbol.value + copy[at]!.imm);
    else this.#map(copy, at, slot, place.map);
  }

  #map(copy: Instruction[], at: number, slot: number, map: number): void {
    setWide(copy, at, PseudoLoad.MAP_FD, map, 0);
    this.#maps.push({ slot, map });
  }

  #mapValue(copy: Instruction[], at: number, slot: number, map: number, offset: number): void {
    setWide(copy, at, PseudoLoad.MAP_VALUE, map, offset);
    this.#maps.push({ slot, map, offset });
  }

  #external(copy: Instruction[], at: number, slot: number, symbol: ObjectSymbol): void {
    const found = this.#context.externs.variable(symbol);
    switch (found.kind) {
      case 'config':
        this.#mapValue(copy, at, slot, found.map, found.offset);
        return;
      case 'typed':
        setWide(copy, at, PseudoLoad.BTF_ID, found.id, 0);
        this.#kernel.push({ slot, kind: 'kernel-variable', symbol: symbol.name });
        return;
      case 'address':
        setWide(copy, at, PseudoLoad.NONE, 0, 0);
        if (!found.missing) this.#kernel.push({ slot, kind: 'kernel-symbol', symbol: symbol.name });
        return;
    }
  }
}

function setWide(copy: Instruction[], at: number, pseudo: number, low: number, high: number): void {
  const second = copy[at + 1];
  if (!second) throw objectError('a wide load lacks its second half.');
  copy[at] = { ...copy[at]!, src: pseudo, off: 0, imm: low };
  copy[at + 1] = { ...second, imm: high };
}
