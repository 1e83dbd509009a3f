// The reference: runs programs one instruction at a time on BigInt registers. It is what the JIT is compared with, what shows
// every step to a person, and with `checked` what proves that a program touches only what it may.

import {
  Alu,
  Atomic,
  bytesOf,
  CALL,
  Class,
  classOf,
  EXIT,
  FRAME_POINTER,
  helperTitle,
  type Instruction,
  isWide,
  Jump,
  jumpDistance,
  Mode,
  modeOf,
  operationOf,
  PseudoCall,
  sizeOf,
  usesRegisterSource,
} from '../../isa/index.ts';
import { arithmetic, byteOrder, comparison, type Width } from './alu.ts';
import { atomic } from './atomic.ts';
import { checkArguments } from './checked-call.ts';
import { type CallbackIteration, callsBack } from './helpers/helper.ts';
import { helperOf } from './helpers/index.ts';
import { tailCallTarget } from './helpers/tail-call.ts';
import { Control, FRAME_BYTES, MAX_FRAMES, STACK_BASE, STACK_TOP } from './layout.ts';
import type { Machine } from './machine.ts';
import { loadPacket } from './packet-load.ts';
import type { LoadedProgram } from './program.ts';
import { AccessFault, hexAddress, Trap } from './trap.ts';

/** The lowest address that programs may have: below is the null page. */
const FIRST_ADDRESS = 4096n;
/** Registers that a callee gives back as they were. */
const SAVED = [6, 7, 8, 9] as const;
const TAIL_CALL = 12;

export interface InterpreterOptions {
  /** Check every access against the regions of the memory. */
  readonly checked?: boolean;
  /** Instructions after which the run is stopped. */
  readonly budget?: number;
  /** r2 at the beginning, which some runtimes give the size of the context in. */
  readonly r2?: bigint;
}

/** A function that has called and waits. */
interface Frame {
  readonly program: LoadedProgram;
  readonly returnTo: number;
  readonly saved: readonly bigint[];
  /** For a callback: its slot, and what it is to be called with next. */
  readonly callback?: { readonly slot: number; readonly iteration: CallbackIteration };
}

export class Interpreter {
  readonly machine: Machine;
  /** r0 to r10. */
  readonly registers = new BigUint64Array(FRAME_POINTER + 1);
  /** The same registers as halves, the low one first. */
  readonly #halves = new Int32Array(this.registers.buffer);
  /** What runs now: changes with tail calls. */
  program: LoadedProgram;
  /** The slot that is executed next. */
  slot = 0;
  /** Instructions executed so far. */
  steps = 0;
  done = false;
  readonly #checked: boolean;
  readonly #budget: number;
  #frames: Frame[] = [];

  constructor(machine: Machine, program: LoadedProgram, context: number, options: InterpreterOptions = {}) {
    this.machine = machine;
    this.program = program;
    this.#checked = options.checked ?? false;
    this.#budget = options.budget ?? Number.POSITIVE_INFINITY;
    machine.beginRun(program, context);
    this.registers[1] = BigInt(context);
    this.registers[2] = options.r2 ?? 0n;
    this.registers[FRAME_POINTER] = BigInt(STACK_TOP);
  }

  /** How many functions have called and wait. */
  get depth(): number {
    return this.#frames.length;
  }

  /** Begins at a function of the program instead, as the kernel calls the callback of a timer. */
  enter(slot: number, parameters: readonly bigint[]): void {
    this.slot = slot;
    this.#setParameters(parameters);
  }

  /**
   * Runs to the end and returns r0.
   * @throws Trap when the program does what no verified program can do, or the budget is used up.
   */
  run(): bigint {
    while (!this.done) this.step();
    return this.registers[0]!;
  }

  /** Executes one instruction. */
  step(): void {
    const { slot } = this;
    const instruction = this.program.instructions[slot];
    if (!instruction) throw new Trap(slot, 'there is no instruction: the program ran over its end');
    if (this.steps >= this.#budget) throw new Trap(slot, `the budget of ${this.#budget} instructions is used up`);
    this.steps++;
    this.slot = slot + 1;
    try {
      this.#execute(instruction, slot);
    } catch (error) {
      if (error instanceof AccessFault) throw new Trap(slot, error.message, error);
      if (error instanceof RangeError) throw new Trap(slot, 'access beyond the end of the memory', error);
      throw error;
    }
  }

  #execute(instruction: Instruction, slot: number): void {
    switch (classOf(instruction.code)) {
      case Class.ALU:
        this.#arithmetic(instruction, 32);
        return;
      case Class.ALU64:
        this.#arithmetic(instruction, 64);
        return;
      case Class.JMP:
        this.#jump(instruction, 64);
        return;
      case Class.JMP32:
        this.#jump(instruction, 32);
        return;
      case Class.LD:
        this.#loadSpecial(instruction, slot);
        return;
      case Class.LDX:
        this.#loadMemory(instruction);
        return;
      case Class.ST:
        this.#storeImmediate(instruction);
        return;
      case Class.STX:
        this.#storeRegister(instruction);
        return;
    }
  }

  // ---- arithmetic

  #arithmetic(instruction: Instruction, width: Width): void {
    const { code, dst, off, imm } = instruction;
    const operation = operationOf(code);
    if (operation === Alu.END) {
      if (imm !== 16 && imm !== 32 && imm !== 64) throw new AccessFault(`byte order of ${imm} bits`);
      this.#set(dst, byteOrder(code, imm, this.#get(dst)));
      return;
    }
    const result = arithmetic(operation, off, width, this.#get(dst), this.#operand(instruction));
    if (result === undefined) throw this.#unknown(code);
    this.#set(dst, result);
  }

  /** The second operand: a register, or the immediate sign-extended. */
  #operand({ code, src, imm }: Instruction): bigint {
    return usesRegisterSource(code) ? this.#get(src) : BigInt(imm);
  }

  // ---- jumps

  #jump(instruction: Instruction, width: Width): void {
    const { code, dst } = instruction;
    const operation = operationOf(code);
    if (code === CALL) {
      this.#call(instruction);
      return;
    }
    if (code === EXIT) {
      this.#exit();
      return;
    }
    if (operation === Jump.JA && !usesRegisterSource(code)) {
      this.slot += jumpDistance(instruction);
      return;
    }
    if (code === (Class.JMP | Jump.JCOND)) {
      this.#mayGoto(instruction);
      return;
    }
    const taken = comparison(operation, width, this.#get(dst), this.#operand(instruction));
    if (taken === undefined) throw this.#unknown(code);
    if (taken) this.slot += instruction.off;
  }

  #mayGoto({ off }: Instruction): void {
    const { memory } = this.machine;
    const left = memory.getU64(Control.MAY_GOTO);
    if (left === 0n) this.slot += off;
    else memory.setU64(Control.MAY_GOTO, left - 1n);
  }

  #exit(): void {
    const frame = this.#frames.at(-1);
    if (!frame) {
      this.done = true;
      return;
    }
    if (frame.callback) {
      const next = frame.callback.iteration.next(this.#get(0));
      if (typeof next !== 'number') {
        this.slot = frame.callback.slot;
        this.#setParameters(next);
        return;
      }
      this.registers[0] = BigInt(next);
    }
    this.#leave();
  }

  // ---- calls

  #call(instruction: Instruction): void {
    const { src, imm } = instruction;
    if (src === PseudoCall.SUBPROGRAM) {
      this.#enter(this.slot + imm);
    } else if (src === PseudoCall.HELPER) {
      if (imm === TAIL_CALL) this.#tailCall();
      else this.#callHelper(imm);
    } else throw new AccessFault(`functions of the kernel cannot be called here`);
  }

  #enter(target: number, callback?: Frame['callback']): void {
    if (this.#frames.length + 1 >= MAX_FRAMES) throw new AccessFault(`more than ${MAX_FRAMES} functions are active`);
    this.#frames.push({
      program: this.program,
      returnTo: this.slot,
      saved: SAVED.map((register) => this.#get(register)),
      ...(callback && { callback }),
    });
    this.registers[FRAME_POINTER]! -= BigInt(FRAME_BYTES);
    this.slot = target;
  }

  #leave(): void {
    const frame = this.#frames.pop()!;
    for (const [at, register] of SAVED.entries()) this.registers[register] = frame.saved[at]!;
    this.registers[FRAME_POINTER]! += BigInt(FRAME_BYTES);
    this.program = frame.program;
    this.slot = frame.returnTo;
  }

  /** Jumps to another program, which uses the same frame; when that cannot be, the next instruction follows. */
  #tailCall(): void {
    const target = tailCallTarget(this.machine, Number(this.#get(2)), Number(BigInt.asUintN(32, this.#get(3))));
    if (!target) return;
    this.program = target;
    this.slot = 0;
  }

  #callHelper(id: number): void {
    const helper = helperOf(id);
    if (!helper) throw new AccessFault(`${helperTitle(id)} cannot be called here`);
    if (this.#checked)
      checkArguments(this.machine, id, this.registers, (at, size, write) => this.#check(at, size, write));
    const values = this.#arguments(helper.parameters, helper.name);
    if (callsBack(helper)) {
      this.#callWithCallback(Number(this.#get(helper.callback + 1)), helper.begin(this.machine, ...values));
      return;
    }
    const result = helper.call(this.machine, ...values);
    this.registers[0] =
      helper.result === 'i64'
        ? this.machine.memory.getU64(Control.RESULT)
        : BigInt(helper.result === 'i32' ? result | 0 : result);
  }

  /** Without BigInt: V8 11.3 (Node 20) crashes when it compiles `>>` of certain 64-bit values, and this is quicker. */
  #arguments(parameters: readonly string[], name: string): number[] {
    const values: number[] = [];
    for (const [at, parameter] of parameters.entries()) {
      const low = this.#halves[(at + 1) * 2]!;
      const high = this.#halves[(at + 1) * 2 + 1]!;
      if (parameter === 'pointer' && (high !== 0 || low < 0)) {
        throw new AccessFault(`argument ${at + 1} of ${name} is no pointer: ${hexAddress(this.#get(at + 1))}`);
      }
      values.push(low);
      if (parameter === 'i64') values.push(high);
    }
    return values;
  }

  #callWithCallback(target: number, begun: CallbackIteration | number): void {
    if (typeof begun === 'number') {
      this.registers[0] = BigInt(begun);
      return;
    }
    const first = begun.next(undefined);
    if (typeof first === 'number') {
      this.registers[0] = BigInt(first);
      return;
    }
    this.#enter(target, { slot: target, iteration: begun });
    this.#setParameters(first);
  }

  #setParameters(parameters: readonly bigint[]): void {
    for (const [at, value] of parameters.entries()) this.registers[at + 1] = value;
  }

  // ---- loads and stores

  #loadSpecial(instruction: Instruction, slot: number): void {
    const { code, dst, imm } = instruction;
    if (isWide(code)) {
      const value = this.program.wide[slot];
      if (value === undefined) throw new AccessFault('LD_IMM64 without its second half');
      this.#set(dst, value);
      this.slot++;
      return;
    }
    const mode = modeOf(code);
    if (mode !== Mode.ABS && mode !== Mode.IND) throw this.#unknown(code);
    const offset = mode === Mode.IND ? Number(BigInt.asIntN(32, this.#get(instruction.src))) + imm : imm;
    const value = loadPacket(this.machine, offset | 0, bytesOf(sizeOf(code)));
    this.registers[0] = BigInt(value ?? 0);
    // What is not in the packet ends the function with 0.
    if (value === undefined) this.#exit();
  }

  #loadMemory({ code, dst, src, off }: Instruction): void {
    const mode = modeOf(code);
    const size = bytesOf(sizeOf(code));
    if (mode !== Mode.MEM && (mode !== Mode.MEMSX || size === 8)) throw this.#unknown(code);
    const value = this.#read(this.#get(src) + BigInt(off), size);
    this.#set(dst, mode === Mode.MEMSX ? BigInt.asIntN(size * 8, value) : value);
  }

  #storeImmediate({ code, dst, off, imm }: Instruction): void {
    if (modeOf(code) !== Mode.MEM) throw this.#unknown(code);
    this.#write(this.#get(dst) + BigInt(off), bytesOf(sizeOf(code)), BigInt(imm));
  }

  #storeRegister(instruction: Instruction): void {
    const { code, dst, src, off } = instruction;
    const size = bytesOf(sizeOf(code));
    if (modeOf(code) === Mode.ATOMIC) {
      this.#atomic(instruction, size);
      return;
    }
    if (modeOf(code) !== Mode.MEM) throw this.#unknown(code);
    this.#write(this.#get(dst) + BigInt(off), size, this.#get(src));
  }

  #atomic({ code, dst, src, off, imm }: Instruction, size: number): void {
    if (imm === Atomic.LOAD_ACQ) {
      this.#set(dst, this.#read(this.#get(src) + BigInt(off), size));
      return;
    }
    const address = this.#get(dst) + BigInt(off);
    if (imm === Atomic.STORE_REL) {
      this.#write(address, size, this.#get(src));
      return;
    }
    if (size < 4) throw this.#unknown(code);
    const change = atomic(imm, size === 4 ? 32 : 64, this.#read(address, size), this.#get(src), this.#get(0));
    if (!change) throw new AccessFault(`atomic operation ${hexAddress(imm >>> 0)}`);
    if (change.store !== undefined) this.#write(address, size, change.store);
    if (change.fetched !== undefined) this.#set(imm === Atomic.CMPXCHG ? 0 : src, change.fetched);
  }

  #read(address: bigint, size: number): bigint {
    const at = BigInt.asUintN(64, address);
    const { memory, event } = this.machine;
    if (at < FIRST_ADDRESS || at + BigInt(size) > BigInt(memory.length)) {
      if (!event.memory) throw new AccessFault(`read of ${size} bytes at ${hexAddress(at)} is outside of the memory`);
      return this.#readOutside(at, size);
    }
    const offset = Number(at);
    if (this.#checked) this.#check(offset, size, false);
    const { view } = memory;
    if (size === 8) return view.getBigUint64(offset, true);
    if (size === 4) return BigInt(view.getUint32(offset, true));
    return BigInt(size === 2 ? view.getUint16(offset, true) : view.getUint8(offset));
  }

  /** Pointers that the kernel types by BTF: what cannot be read is zero, as its fault handler makes it. */
  #readOutside(address: bigint, size: number): bigint {
    const bytes = new Uint8Array(8);
    const found = this.machine.event.memory!.read('kernel', address, bytes.subarray(0, size));
    return found ? new DataView(bytes.buffer).getBigUint64(0, true) : 0n;
  }

  #write(address: bigint, size: number, value: bigint): void {
    const at = BigInt.asUintN(64, address);
    const { memory } = this.machine;
    if (at < FIRST_ADDRESS || at + BigInt(size) > BigInt(memory.length)) {
      throw new AccessFault(`write of ${size} bytes at ${hexAddress(at)} is outside of the memory`);
    }
    const offset = Number(at);
    if (this.#checked) this.#check(offset, size, true);
    const { view } = memory;
    if (size === 8) view.setBigUint64(offset, BigInt.asUintN(64, value), true);
    else if (size === 4) view.setUint32(offset, Number(BigInt.asUintN(32, value)), true);
    else if (size === 2) view.setUint16(offset, Number(BigInt.asUintN(16, value)), true);
    else view.setUint8(offset, Number(BigInt.asUintN(8, value)));
  }

  /** Of the stack only frames of active functions belong to the program, and no access goes over the end of one. */
  #check(address: number, size: number, write: boolean): void {
    this.machine.memory.check(address, size, write);
    if (address < STACK_BASE || address >= STACK_TOP) return;
    const lowest = Number(this.registers[FRAME_POINTER]!) - FRAME_BYTES;
    const straddles =
      Math.floor((address - STACK_BASE) / FRAME_BYTES) !== Math.floor((address + size - 1 - STACK_BASE) / FRAME_BYTES);
    if (address < lowest || straddles) {
      throw new AccessFault(
        `${write ? 'write' : 'read'} of ${size} bytes at fp${address - lowest - FRAME_BYTES} leaves its stack frame`,
      );
    }
  }

  // ---- registers

  #get(register: number): bigint {
    const value = this.registers[register];
    if (value === undefined) throw new AccessFault(`there is no register r${register}`);
    return value;
  }

  #set(register: number, value: bigint): void {
    if (register >= FRAME_POINTER) throw new AccessFault(`r${register} cannot be written`);
    this.registers[register] = value;
  }

  #unknown(code: number): AccessFault {
    return new AccessFault(`unknown instruction ${hexAddress(code)}`);
  }
}
