// Constant folding, algebraic simplification and offset folding: every instruction is replaced by the simplest one that
// makes the same value.

import { reversePostOrder } from '../graph.ts';
import type { AccessSize, BinaryKind, Func, Instruction, InstructionOf, OpenRelocation, Terminator } from '../ir.ts';
import { SWAPPED } from '../operators.ts';
import { constantOf, countUses, type Uses } from '../values.ts';
import { addOffset, lowBytesOf, type Maker, simplifyBinary, simplifyExtend, simplifySwap } from './algebra.ts';
import { Constants, Replacements } from './rewriter.ts';

/** In place; whether anything changed. Instructions that became useless stay until dead code is removed. */
export function fold(func: Func): boolean {
  return new Folder(func).run();
}

/** More steps than any value takes; a guard against rules that undo each other. */
const MAX_STEPS = 16;

class Folder implements Maker {
  readonly #func: Func;
  readonly #uses: Uses;
  readonly #constants: Constants;
  readonly #replacements = new Replacements();
  #out: Instruction[] = [];
  #at: Instruction | undefined;
  #changed = false;

  constructor(func: Func) {
    this.#func = func;
    this.#uses = countUses(func.blocks);
    this.#constants = new Constants(func);
  }

  run(): boolean {
    for (const block of reversePostOrder(this.#func)) {
      this.#out = [];
      for (const instruction of block.instructions) this.#visit(instruction);
      block.instructions = this.#out;
      this.#replacements.applyToEnd(block);
      if (block.terminator?.kind === 'branch') this.#foldBranch(block.terminator);
    }
    this.#replacements.apply(this.#func);
    this.#constants.commit();
    return this.#changed;
  }

  #visit(instruction: Instruction): void {
    this.#replacements.applyTo(instruction);
    this.#at = instruction;
    let at = instruction;
    const before = this.#out.length;
    for (let step = 0; step < MAX_STEPS; step++) {
      const simpler = this.#simplify(at);
      if (!simpler) break;
      at = simpler;
    }
    if (at === instruction) {
      this.#out.push(instruction);
      return;
    }
    this.#changed = true;
    this.#keepNeeded(this.#out.splice(before), at);
    this.#replacements.set(instruction, at);
    this.#uses.set(at, (this.#uses.get(at) ?? 0) + (this.#uses.get(instruction) ?? 0));
  }

  /** Of the steps only the last one stays, and what it reads. */
  #keepNeeded(made: readonly Instruction[], last: Instruction): void {
    const needed = new Set([last]);
    const kept: Instruction[] = [];
    for (const one of [...made].reverse()) {
      if (!needed.has(one)) continue;
      kept.push(one);
      for (const arg of one.args) needed.add(arg);
    }
    this.#out.push(...kept.reverse());
  }

  #simplify(one: Instruction): Instruction | undefined {
    switch (one.op) {
      case 'binary':
        return this.#addMapValue(one) ?? simplifyBinary(one, this);
      case 'extend':
        return simplifyExtend(one, this);
      case 'swap':
        return simplifySwap(one, this);
      case 'load':
        return this.#foldLoad(one);
      case 'store':
        return this.#foldStore(one);
      case 'atomic':
        return this.#foldAtomic(one);
      default:
        return undefined;
    }
  }

  // ---- making

  constant(value: bigint): Instruction {
    return this.#constants.of(value);
  }

  binary(kind: BinaryKind, a: Instruction, b: Instruction): Instruction {
    return this.#make({ op: 'binary', kind, ...this.#base([a, b]) });
  }

  extend(value: Instruction, size: 1 | 2 | 4, signed: boolean): Instruction {
    return this.#make({ op: 'extend', size, signed, ...this.#base([value]) });
  }

  isSole(value: Instruction): boolean {
    return (this.#uses.get(value) ?? 0) <= 1;
  }

  #base(args: Instruction[]): Pick<Instruction, 'id' | 'args' | 'span' | 'comment'> {
    const { span, comment } = this.#at!;
    return {
      id: this.#func.nextId++,
      args,
      ...(span ? { span } : {}),
      ...(comment === undefined ? {} : { comment }),
    };
  }

  #make(instruction: Instruction): Instruction {
    this.#out.push(instruction);
    return instruction;
  }

  // ---- memory

  #addMapValue(one: InstructionOf<'binary'>): Instruction | undefined {
    const [a, b] = one.args as [Instruction, Instruction];
    if (one.kind !== 'add' || a.op !== 'map-value' || b.op !== 'const') return undefined;
    const offset = a.offset + Number(BigInt.asIntN(64, b.value));
    if (offset < 0 || offset > 0x7fff_ffff) return undefined;
    return this.#make({ op: 'map-value', map: a.map, offset, ...this.#base([]) });
  }

  /** base + constant as base and offset. */
  #splitAddress(base: Instruction, offset: number): { base: Instruction; offset: number } | undefined {
    if (base.op !== 'binary' || base.kind !== 'add' || constantOf(base)) return undefined;
    const [inner, right] = base.args as [Instruction, Instruction];
    const sum = right.op === 'const' ? addOffset(offset, right.value) : undefined;
    return sum === undefined ? undefined : { base: inner, offset: sum };
  }

  #foldLoad(one: InstructionOf<'load'>): Instruction | undefined {
    const [base] = one.args as [Instruction];
    const split = this.#splitAddress(base, one.offset);
    if (split) return this.#load(one.size, split.base, split.offset, one.relocation);
    if (one.relocation || base.op !== 'binary' || base.kind !== 'add') return undefined;
    const [inner, right] = base.args as [Instruction, Instruction];
    if (right.op !== 'relocated' || !isFieldOffset(right.relocation)) return undefined;
    return this.#load(one.size, inner, one.offset, right.relocation);
  }

  #load(size: AccessSize, base: Instruction, offset: number, relocation: OpenRelocation | undefined): Instruction {
    return this.#make({ op: 'load', size, offset, ...(relocation ? { relocation } : {}), ...this.#base([base]) });
  }

  #foldStore(one: InstructionOf<'store'>): Instruction | undefined {
    const [base, value] = one.args as [Instruction, Instruction];
    const split = this.#splitAddress(base, one.offset);
    const low = lowBytesOf(value, one.size);
    if (!split && low === value) return undefined;
    const at = split ?? { base, offset: one.offset };
    return this.#make({ op: 'store', size: one.size, offset: at.offset, ...this.#base([at.base, low]) });
  }

  #foldAtomic(one: InstructionOf<'atomic'>): Instruction | undefined {
    const [base, ...rest] = one.args as [Instruction, ...Instruction[]];
    const split = this.#splitAddress(base, one.offset);
    if (!split) return undefined;
    const { kind, fetch, size } = one;
    return this.#make({ op: 'atomic', kind, fetch, size, offset: split.offset, ...this.#base([split.base, ...rest]) });
  }

  // ---- branches

  #foldBranch(end: Terminator & { kind: 'branch' }): void {
    if (end.a.op === 'const' && end.b.op !== 'const') {
      [end.a, end.b] = [end.b, end.a];
      end.condition = SWAPPED[end.condition];
      this.#changed = true;
    }
    const zero = end.b.op === 'const' && end.b.value === 0n;
    if (!zero || end.a.op !== 'binary' || (end.condition !== 'eq' && end.condition !== 'ne')) return;
    if (!this.isSole(end.a) || end.then === end.otherwise) return;
    const [a, b] = end.a.args as [Instruction, Instruction];
    if (end.a.kind === 'xor') {
      end.a = a;
      end.b = b;
      this.#changed = true;
    } else if (end.a.kind === 'and') {
      if (end.condition === 'eq') [end.then, end.otherwise] = [end.otherwise, end.then];
      end.condition = 'set';
      end.a = a;
      end.b = b;
      this.#changed = true;
    }
  }
}

function isFieldOffset(relocation: OpenRelocation): boolean {
  return relocation.kind === 'tracepoint-field' || (relocation.kind === 'field' && relocation.what === 'byte-offset');
}
