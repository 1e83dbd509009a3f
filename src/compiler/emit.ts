// Emission: machine code with allocated registers to the slots of one program. Blocks follow each other in their order,
// jumps to what comes next disappear, functions stand one after another with the entry first.

import type { Span } from '../base/source.ts';
import type { CodeFunction, Relocation } from '../image/index.ts';
import {
  Alu,
  alu64Imm,
  CALL,
  exit,
  FRAME_POINTER,
  type Instruction,
  ja,
  loadImm64,
  mov,
  mov32Imm,
  movImm,
  operationOf,
  PseudoCall,
  PseudoLoad,
  slot,
  type WideLoad,
} from '../isa/index.ts';
import { CompileError } from './error.ts';
import { type Frame, layoutFrame } from './frame.ts';
import type { Func, OpenRelocation } from './ir.ts';
import { landing, layoutBlocks } from './layout.ts';
import {
  type BranchInstruction,
  type CallInstruction,
  type Constant,
  inverseJump,
  type MachineBlock,
  type MachineFunction,
  type MachineInstruction,
  type PlainInstruction,
  type Register,
  spanOf,
} from './machine.ts';
import { asS64, fitsImmediate } from './values.ts';

/** BPF_COMPLEXITY_LIMIT_INSNS: what the kernel loads with CAP_BPF. */
const MAX_SLOTS = 1_000_000;

export interface EmittedProgram {
  readonly code: readonly Instruction[];
  readonly relocations: readonly Relocation[];
  readonly functions: readonly CodeFunction[];
  /** From a slot to the source it was made for, until the next entry. */
  readonly lines: readonly { readonly slot: number; readonly span: Span }[];
}

/** The code of a program from the allocated code of its functions, the entry first. */
export function emitProgram(functions: readonly MachineFunction[]): EmittedProgram {
  return new Emitter(functions).run();
}

class Emitter {
  readonly #functions: readonly MachineFunction[];
  readonly #code: Instruction[] = [];
  readonly #relocations: Relocation[] = [];
  readonly #lines: { slot: number; span: Span }[] = [];
  readonly #starts = new Map<Func, number>();
  /** Slots whose `imm` is the distance to a function. */
  readonly #distances: { slot: number; callee: Func }[] = [];
  #frame: Frame = { offsets: new Map(), size: 0 };

  constructor(functions: readonly MachineFunction[]) {
    this.#functions = functions;
  }

  run(): EmittedProgram {
    const functions = this.#functions.map((machine) => this.#emitFunction(machine));
    for (const { slot: at, callee } of this.#distances) {
      const target = this.#starts.get(callee)!;
      this.#code[at] = { ...this.#code[at]!, imm: target - at - 1 };
    }
    if (this.#code.length > MAX_SLOTS) {
      throw new CompileError(
        'program-too-large',
        `${functions[0]?.name} has ${this.#code.length} instructions; the kernel takes at most ${MAX_SLOTS}`,
        ['split the probe, or unroll less'],
        this.#functions[0] && spanOf(this.#functions[0]),
      );
    }
    return {
      code: this.#code,
      relocations: this.#relocations,
      functions,
      lines: this.#lines,
    };
  }

  #emitFunction(machine: MachineFunction): CodeFunction {
    const start = this.#code.length;
    this.#starts.set(machine.func, start);
    this.#frame = layoutFrame(machine);
    const blocks = layoutBlocks(machine);
    const places = new Map<MachineBlock, number>();
    const jumps: { slot: number; to: MachineBlock }[] = [];
    blocks.forEach((block, index) => {
      places.set(block, this.#code.length);
      const next = blocks[index + 1];
      for (const instruction of block.code) this.#emit(instruction, block, next, jumps);
    });
    for (const { slot: at, to } of jumps) this.#patchJump(machine, at, places.get(landing(to))! - at - 1);
    return { name: machine.func.name, slot: start, shape: machine.func.shape };
  }

  #patchJump(machine: MachineFunction, at: number, distance: number): void {
    if (distance < -0x8000 || distance > 0x7fff) {
      // gotol would reach, but only from 6.6 on.
      throw new CompileError(
        'jump-too-far',
        `${machine.func.name} is too large: a jump over ${distance} instructions`,
        ['split the probe, or unroll less'],
        spanOf(machine),
      );
    }
    this.#code[at] = { ...this.#code[at]!, off: distance };
  }

  // ---- instructions

  #emit(
    instruction: MachineInstruction,
    block: MachineBlock,
    next: MachineBlock | undefined,
    jumps: { slot: number; to: MachineBlock }[],
  ): void {
    const before = this.#code.length;
    switch (instruction.kind) {
      case 'plain':
        this.#plain(instruction);
        break;
      case 'make':
        this.#make(instruction.dst, instruction.what);
        break;
      case 'call':
        this.#call(instruction);
        break;
      case 'branch':
        this.#branch(instruction, next, jumps);
        break;
      case 'jump':
        // Linux 5.10 lets a loop be closed by a jump only, not by running into its header (push_insn, kernel/bpf/verifier.c);
        // the kernel drops jumps to what comes next.
        this.#jump(instruction.to, landing(instruction.to).index <= block.index ? undefined : next, jumps);
        break;
      case 'exit':
        this.#code.push(exit());
        break;
      case 'move':
        throw new Error('bug in beetrace: a move is left in allocated code');
    }
    if (this.#code.length > before) this.#note(before, instruction.span);
  }

  #note(at: number, span: Span | undefined): void {
    if (!span) return;
    const last = this.#lines[this.#lines.length - 1]?.span;
    if (last && last.source === span.source && last.start === span.start && last.end === span.end) return;
    this.#lines.push({ slot: at, span });
  }

  #plain({ code, dst, src, off, imm, slot: object, relocation }: PlainInstruction): void {
    if (relocation) this.#relocate(relocation.open, relocation.into);
    this.#code.push(slot(code, dst, src, object ? off + this.#offsetOf(object) : off, imm));
  }

  #offsetOf(object: NonNullable<PlainInstruction['slot']>): number {
    return this.#frame.offsets.get(object)!;
  }

  #relocate(open: OpenRelocation, into: 'off' | 'imm' | 'imm64'): void {
    const at = this.#code.length;
    const hasPlace = open.kind === 'field' || open.kind === 'tracepoint-field';
    this.#relocations.push((hasPlace ? { ...open, slot: at, into } : { ...open, slot: at }) as Relocation);
  }

  #make(dst: Register, what: Constant): void {
    switch (what.kind) {
      case 'number':
        this.#number(dst, what.value);
        return;
      case 'slot':
        this.#code.push(mov(dst, FRAME_POINTER));
        this.#code.push(alu64Imm(Alu.ADD, dst, this.#offsetOf(what.slot) + what.offset));
        return;
      case 'map':
        this.#relocate({ kind: 'map', map: what.map }, 'imm64');
        this.#wide(dst, PseudoLoad.MAP_FD, what.map, 0);
        return;
      case 'map-value':
        this.#relocate({ kind: 'map-value', map: what.map, offset: what.offset }, 'imm64');
        this.#wide(dst, PseudoLoad.MAP_VALUE, what.map, what.offset);
        return;
      case 'function':
        this.#distances.push({ slot: this.#code.length, callee: what.callee });
        this.#wide(dst, PseudoLoad.FUNC, 0, 0);
        return;
      case 'relocated':
        this.#relocated(dst, what.relocation, what.value);
        return;
    }
  }

  #number(dst: Register, value: bigint): void {
    if (fitsImmediate(value)) this.#code.push(movImm(dst, Number(asS64(value))));
    else if (value <= 0xffff_ffffn) this.#code.push(mov32Imm(dst, Number(value)));
    else this.#pushWide(loadImm64(dst, value));
  }

  #relocated(dst: Register, open: OpenRelocation, value: bigint): void {
    const small = open.kind === 'field' || open.kind === 'tracepoint-field';
    if (small && fitsImmediate(value)) {
      this.#relocate(open, 'imm');
      this.#code.push(movImm(dst, Number(asS64(value))));
      return;
    }
    this.#relocate(open, 'imm64');
    this.#pushWide(loadImm64(dst, value));
  }

  #wide(dst: Register, pseudo: number, imm: number, nextImm: number): void {
    const [first, second] = loadImm64(dst, 0n);
    this.#pushWide([
      { ...first, src: pseudo, imm },
      { ...second, imm: nextImm },
    ]);
  }

  #pushWide([first, second]: WideLoad): void {
    this.#code.push(first, second);
  }

  #call({ target }: CallInstruction): void {
    switch (target.kind) {
      case 'helper':
        this.#code.push(slot(CALL, 0, PseudoCall.HELPER, 0, target.helper));
        return;
      case 'function':
        this.#distances.push({ slot: this.#code.length, callee: target.callee });
        this.#code.push(slot(CALL, 0, PseudoCall.SUBPROGRAM, 0, 0));
        return;
      case 'kfunc':
        this.#relocate({ kind: 'kfunc', symbol: target.symbol }, 'imm');
        this.#code.push(slot(CALL, 0, PseudoCall.KFUNC, 0, 0));
        return;
    }
  }

  // ---- jumps

  #branch(
    branch: BranchInstruction,
    next: MachineBlock | undefined,
    jumps: { slot: number; to: MachineBlock }[],
  ): void {
    const taken = landing(branch.taken);
    const otherwise = landing(branch.otherwise);
    if (taken === otherwise) {
      this.#jump(taken, next, jumps);
      return;
    }
    const inverse = inverseJump(operationOf(branch.code));
    const invert = taken === next && inverse !== undefined;
    const code = invert ? (branch.code & 0x0f) | inverse : branch.code;
    jumps.push({ slot: this.#code.length, to: invert ? otherwise : taken });
    this.#code.push(slot(code, branch.dst, branch.src, 0, branch.imm));
    if (!invert) this.#jump(otherwise, next, jumps);
  }

  #jump(to: MachineBlock, next: MachineBlock | undefined, jumps: { slot: number; to: MachineBlock }[]): void {
    const target = landing(to);
    if (target === next) return;
    jumps.push({ slot: this.#code.length, to: target });
    this.#code.push(ja(0));
  }
}
