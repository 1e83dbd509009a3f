// Watches a program that runs in the interpreter and knows of every register what it was made from. A checked run proves that an
// access is in some memory of the program; this proves that it is in the object that the pointer was made for (this value, this
// record, this frame), that nothing is read that nobody wrote, and it puts rubbish where a program must not look.

import {
  Alu,
  Atomic,
  bytesOf,
  CALL,
  Class,
  classOf,
  EXIT,
  FRAME_POINTER,
  helperById,
  type Instruction,
  isWide,
  Jump,
  Mode,
  modeOf,
  operationOf,
  PseudoCall,
  PseudoLoad,
  Size,
  sizeOf,
  usesRegisterSource,
} from '../../../isa/index.ts';
import { checkArguments } from '../checked-call.ts';
import { Interpreter, type InterpreterOptions } from '../interpreter.ts';
import { FRAME_BYTES, STACK_BASE, STACK_TOP } from '../layout.ts';
import type { Machine } from '../machine.ts';
import type { LoadedProgram } from '../program.ts';
import { Trap } from '../trap.ts';
import type { Random } from '../verifier/testing/random.ts';

/** The object that a pointer was made for. Packets change, so theirs is what the memory says at the time of the access. */
interface Target {
  readonly what: 'memory' | 'packet';
  readonly start: number;
  readonly end: number;
  /** It was given back: a submitted record, a packet that has moved. */
  gone: boolean;
}

/** What a register holds; undefined when nobody wrote it. */
type Held = 'number' | Target | undefined;

const RINGBUF_RESERVE = 131;
const GIVES_BACK: ReadonlySet<number> = new Set([132, 133]);
const REGISTERS = FRAME_POINTER + 1;

export class PointerWatch {
  readonly interpreter: Interpreter;
  /** A number was made of an address, or a decision depended on one: what follows need not be the same on another engine. */
  exposed = false;
  readonly #machine: Machine;
  readonly #random: Random;
  #held: Held[] = new Array<Held>(REGISTERS).fill(undefined);
  readonly #callers: Held[][] = [];
  /** Pointers in the stack, by address: what they were when they were stored. */
  readonly #spilled = new Map<number, { readonly value: bigint; readonly target: Target }>();
  readonly #targets: Target[] = [];

  constructor(
    machine: Machine,
    program: LoadedProgram,
    context: number,
    random: Random,
    options: InterpreterOptions = {},
  ) {
    this.#machine = machine;
    this.#random = random;
    this.interpreter = new Interpreter(machine, program, context, { ...options, checked: true });
    for (let at = STACK_BASE; at < STACK_TOP; at += 4) machine.memory.setU32(at, random.next() >>> 0);
    this.#held[1] = this.#targetAt(BigInt(context));
    this.#enterFrame();
    this.#spoil([0, 2, 3, 4, 5, 6, 7, 8, 9]);
  }

  /** @throws Trap when the program does what no verified program may do. */
  run(): bigint {
    while (!this.interpreter.done) this.#step();
    return this.interpreter.registers[0]!;
  }

  #step(): void {
    const { interpreter } = this;
    const { slot } = interpreter;
    const instruction = interpreter.program.instructions[slot];
    if (!instruction) throw new Trap(slot, 'the program ran over its end');
    for (const register of readBy(instruction, interpreter.depth > 0)) {
      if (this.#held[register] === undefined) throw new Trap(slot, `r${register} is read and nobody wrote it`);
    }
    if (isHelperCall(instruction)) {
      this.#callHelper(instruction, slot);
      return;
    }
    this.#checkAccess(instruction, slot);
    this.exposed ||= this.#exposes(instruction);
    const finish = this.#effect(instruction);
    const { depth } = interpreter;
    interpreter.step();
    if (interpreter.depth > depth) this.#called();
    else if (interpreter.depth < depth) this.#returned();
    else finish();
  }

  // ---- accesses

  #checkAccess(instruction: Instruction, slot: number): void {
    const { code, dst, src, off, imm } = instruction;
    const kind = classOf(code);
    if (kind !== Class.LDX && kind !== Class.ST && kind !== Class.STX) return;
    const acquires = kind === Class.STX && modeOf(code) === Mode.ATOMIC && imm === Atomic.LOAD_ACQ;
    const base = kind === Class.LDX || acquires ? src : dst;
    const address = Number(BigInt.asUintN(64, this.interpreter.registers[base]! + BigInt(off)));
    const problem = this.#problem(this.#held[base], address, bytesOf(sizeOf(code)));
    if (problem !== undefined) throw new Trap(slot, `access through r${base}, ${problem}`);
  }

  #problem(held: Held, address: number, size: number): string | undefined {
    if (held === undefined || held === 'number') return 'which holds no pointer';
    if (held.gone) return 'whose memory was given back';
    if (held.what === 'packet') {
      const { memory } = this.#machine;
      return memory.regionAt(address)?.kind === 'packet'
        ? memory.problem(address, size, false)
        : 'outside of the packet';
    }
    if (address >= held.start && address + size <= held.end) return undefined;
    return `${size} bytes at ${address - held.start} of its ${held.end - held.start} bytes`;
  }

  // ---- what instructions leave

  /** What is to be done once the instruction has been executed. */
  #effect(instruction: Instruction): () => void {
    const { code, dst, src, imm, off } = instruction;
    const nothing = (): void => {};
    switch (classOf(code)) {
      case Class.ALU:
        return () => this.#set(dst, 'number');
      case Class.ALU64:
        return () => this.#set(dst, this.#afterArithmetic(instruction));
      case Class.LD:
        return isWide(code)
          ? () => this.#set(dst, this.#wideTarget(instruction))
          : () => this.#forget([1, 2, 3, 4, 5], 0);
      case Class.LDX: {
        const address = this.#address(src, off);
        const from = this.#held[src];
        return () => this.#set(dst, this.#afterLoad(instruction, address, from));
      }
      case Class.STX: {
        const address = this.#address(dst, off);
        const held = this.#held[src];
        if (modeOf(code) !== Mode.ATOMIC) return sizeOf(code) === Size.DW ? () => this.#spill(address, held) : nothing;
        if (imm === Atomic.CMPXCHG) return () => this.#set(0, 'number');
        if (imm === Atomic.LOAD_ACQ) return () => this.#set(dst, 'number');
        return (imm & Atomic.FETCH) !== 0 && imm !== Atomic.STORE_REL ? () => this.#set(src, 'number') : nothing;
      }
      default:
        return nothing;
    }
  }

  #address(register: number, off: number): number {
    return Number(BigInt.asUintN(64, this.interpreter.registers[register]! + BigInt(off)));
  }

  #afterArithmetic({ code, dst, src, off }: Instruction): Held {
    const operation = operationOf(code);
    const left = this.#held[dst];
    const right = usesRegisterSource(code) ? this.#held[src] : 'number';
    if (operation === Alu.MOV) return off === 0 ? right : 'number';
    if (operation === Alu.ADD) return left === 'number' ? right : right === 'number' ? left : 'number';
    return operation === Alu.SUB && right === 'number' ? left : 'number';
  }

  /** Of a wide load that has been executed. */
  #wideTarget({ src, dst }: Instruction): Held {
    const isValue = src === PseudoLoad.MAP_VALUE || src === PseudoLoad.MAP_IDX_VALUE;
    return isValue ? this.#targetAt(this.interpreter.registers[dst]!) : 'number';
  }

  #exposes({ code, dst, src, off, imm }: Instruction): boolean {
    const [left, right] = [this.#held[dst], usesRegisterSource(code) ? this.#held[src] : 'number'];
    const operation = operationOf(code);
    switch (classOf(code)) {
      case Class.ALU:
        return isPointer(right) || (operation !== Alu.MOV && isPointer(left));
      case Class.ALU64:
        if (operation === Alu.MOV) return off !== 0 && isPointer(right);
        if (operation === Alu.ADD) return isPointer(left) && isPointer(right);
        if (operation === Alu.SUB) return isPointer(right) && !isSameObject(left, right);
        return isPointer(left) || isPointer(right);
      case Class.JMP32:
        return isPointer(left) || isPointer(right);
      case Class.JMP: {
        if (code === EXIT) return this.interpreter.depth === 0 && isPointer(this.#held[0]);
        const withZero = !usesRegisterSource(code) && imm === 0 && (operation === Jump.JEQ || operation === Jump.JNE);
        if (withZero || readBy({ code, dst, src, off, imm }, true).length === 0) return false;
        return (isPointer(left) || isPointer(right)) && !isSameObject(left, right);
      }
      case Class.LDX: {
        const address = this.#address(src, off);
        const slot = address - (address % 8);
        const spilled = this.#spilled.get(slot);
        const isWhole = sizeOf(code) === Size.DW && slot === address;
        return !isWhole && spilled?.value === this.#machine.memory.getU64(slot);
      }
      case Class.STX:
        return modeOf(code) === Mode.ATOMIC && (isPointer(this.#held[src]) || imm === Atomic.CMPXCHG);
      default:
        return false;
    }
  }

  #afterLoad({ code, dst }: Instruction, address: number, from: Held): Held {
    const value = this.interpreter.registers[dst]!;
    const spilled = sizeOf(code) === Size.DW ? this.#spilled.get(address) : undefined;
    if (spilled?.value === value) return spilled.target;
    const isContext = typeof from === 'object' && from.start === this.#machine.context;
    const { packet } = this.#machine;
    if (!isContext || !packet || sizeOf(code) !== Size.W) return 'number';
    const inPacket = value >= BigInt(packet.start) && value <= BigInt(packet.limit);
    return inPacket ? this.#made({ what: 'packet', start: packet.start, end: packet.limit, gone: false }) : 'number';
  }

  #spill(address: number, held: Held): void {
    if (address % 8 !== 0 || address < STACK_BASE || address >= STACK_TOP) return;
    if (typeof held === 'object')
      this.#spilled.set(address, { value: this.#machine.memory.getU64(address), target: held });
    else this.#spilled.delete(address);
  }

  // ---- calls

  #callHelper({ imm }: Instruction, slot: number): void {
    const { interpreter } = this;
    const { registers } = interpreter;
    const helper = helperById(imm);
    const prototype = helper?.prototype;
    // Which variant a kind of program calls is the verifier's to say.
    const count = Object.keys(helper?.variants ?? {}).length > 0 ? 0 : (prototype?.args.length ?? 0);
    for (let at = 1; at <= count; at++) {
      if (this.#held[at] === undefined) throw new Trap(slot, `argument ${at} of helper ${imm} was never written`);
    }
    checkArguments(this.#machine, imm, registers, (address, size) => this.#checkArgument(slot, address, size));
    const [first, size, third] = [this.#held[1], Number(registers[2]!), this.#held[3]];
    const { depth, program } = interpreter;
    const bounds = this.#packetBounds();
    interpreter.step();
    if (bounds !== this.#packetBounds()) for (const target of this.#targets) target.gone ||= target.what === 'packet';
    if (GIVES_BACK.has(imm) && typeof first === 'object') first.gone = true;
    if (interpreter.depth > depth) {
      this.#called();
      this.#held = this.#held.map((held, at) => (at >= 1 && at <= 5 ? this.#targetAt(registers[at]!) : held));
      const parameter = registers.findIndex(
        (value, at) => at >= 1 && at <= 5 && typeof third === 'object' && value !== 0n && this.#points(third, value),
      );
      if (parameter > 0) this.#held[parameter] = third;
      return;
    }
    if (interpreter.program !== program) return;
    this.#forget([1, 2, 3, 4, 5], undefined);
    const start = Number(registers[0]!);
    if (imm === RINGBUF_RESERVE && start !== 0) {
      this.#set(0, this.#made({ what: 'memory', start, end: start + size, gone: false }));
    } else this.#set(0, prototype?.ret.kind.startsWith('PTR') ? this.#targetAt(registers[0]!) : 'number');
  }

  #points(target: Target, value: bigint): boolean {
    return value >= BigInt(target.start) && value <= BigInt(target.end);
  }

  #packetBounds(): string {
    const { packet } = this.#machine;
    return packet ? `${packet.data} ${packet.end}` : '';
  }

  /** Some argument points to the object that the bytes are in. */
  #checkArgument(slot: number, address: number, size: number): void {
    const { registers } = this.interpreter;
    let problem: string | undefined = 'which no register points to';
    for (let register = 1; register <= 5; register++) {
      if (registers[register] !== BigInt(address)) continue;
      problem = this.#problem(this.#held[register], address, size);
      if (problem === undefined) return;
    }
    throw new Trap(slot, `memory of a helper, ${problem}`);
  }

  #called(): void {
    this.#callers.push(this.#held);
    this.#held = this.#held.map((held, register) => (register >= 1 && register <= 5 ? held : undefined));
    this.#enterFrame();
    this.#spoil([0, 6, 7, 8, 9]);
  }

  #returned(): void {
    const [result, caller] = [this.#held[0], this.#callers.pop()!];
    this.#held = caller;
    this.#forget([1, 2, 3, 4, 5], undefined);
    this.#set(0, result);
  }

  #enterFrame(): void {
    const end = Number(this.interpreter.registers[FRAME_POINTER]!);
    this.#held[FRAME_POINTER] = this.#made({ what: 'memory', start: end - FRAME_BYTES, end, gone: false });
  }

  // ---- registers

  #set(register: number, held: Held): void {
    this.#held[register] = held;
  }

  #made(target: Target): Target {
    this.#targets.push(target);
    return target;
  }

  /** Registers that nobody may read any more; r0 holds a number when it is said. */
  #forget(registers: readonly number[], result: number | undefined): void {
    for (const register of registers) this.#held[register] = undefined;
    this.#spoil(registers);
    if (result !== undefined) this.#set(result, 'number');
  }

  #spoil(registers: readonly number[]): void {
    for (const register of registers) {
      this.interpreter.registers[register] = (0xdeadn << 48n) | BigInt(this.#random.next() >>> 0);
    }
  }

  /** The object at an address that the vm gave to the program. */
  #targetAt(value: bigint): Held {
    const { memory, maps } = this.#machine;
    const address = Number(value);
    const region = memory.regionAt(address);
    if (!region || region.kind === 'map') return 'number';
    if (region.kind === 'packet')
      return this.#made({ what: 'packet', start: region.start, end: region.start, gone: false });
    if (region.kind === 'map-value') {
      for (const map of maps) {
        const element = map.elementAt(address);
        element?.free?.();
        if (!element) continue;
        const start = address >= element.value ? address - ((address - element.value) % map.stride) : element.key;
        const size = address >= element.value ? map.spec.valueSize : map.spec.keySize;
        return this.#made({ what: 'memory', start, end: start + size, gone: false });
      }
    }
    return this.#made({ what: 'memory', start: region.start, end: region.start + region.size, gone: false });
  }
}

function isPointer(held: Held): boolean {
  return typeof held === 'object';
}

/** Distances in one object are the same everywhere. */
function isSameObject(left: Held, right: Held): boolean {
  return (
    typeof left === 'object' && typeof right === 'object' && left.what === right.what && left.start === right.start
  );
}

function isHelperCall({ code, src }: Instruction): boolean {
  return code === CALL && src === PseudoCall.HELPER;
}

/** Registers that an instruction reads itself; what helpers read is in their prototypes. */
function readBy({ code, dst, src, imm }: Instruction, inFunction: boolean): readonly number[] {
  const operation = operationOf(code);
  const source = usesRegisterSource(code) ? [src] : [];
  switch (classOf(code)) {
    case Class.ALU:
    case Class.ALU64:
      if (operation === Alu.END || operation === Alu.NEG) return [dst];
      return operation === Alu.MOV ? source : [dst, ...source];
    case Class.JMP:
    case Class.JMP32:
      if (code === EXIT) return inFunction ? [] : [0];
      if (operation === Jump.JA || operation === Jump.CALL || operation === Jump.JCOND) return [];
      return [dst, ...source];
    case Class.LD:
      if (isWide(code)) return [];
      return modeOf(code) === Mode.IND ? [6, src] : [6];
    case Class.LDX:
      return [src];
    case Class.ST:
      return [dst];
    default:
      if (modeOf(code) !== Mode.ATOMIC) return [dst, src];
      if (imm === Atomic.LOAD_ACQ) return [src];
      return imm === Atomic.CMPXCHG ? [0, dst, src] : [dst, src];
  }
}
