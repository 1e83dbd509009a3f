// Runs emitted instructions, for tests: arithmetic, jumps, the stack, helper calls and calls of subprograms. Registers
// that are not initialised must not be read, and calls destroy what they may destroy.

import {
  Alu,
  Atomic,
  bytesOf,
  Class,
  classOf,
  type Instruction,
  isWide,
  Jump,
  Mode,
  modeOf,
  operationOf,
  PseudoCall,
  sizeOf,
  usesRegisterSource,
  wideValue,
} from '../../isa/index.ts';
import type { BinaryKind, Condition } from '../ir.ts';
import { arithmetic, compare, resultOf, reverse, type TestCall, TestMemory, type TestRun, u64 } from './semantics.ts';

const MAX_STEPS = 1_000_000;
const STACK_TOP = 0x7fff_0000_0000n;

const ALU: Readonly<Record<number, BinaryKind>> = {
  [Alu.ADD]: 'add',
  [Alu.SUB]: 'sub',
  [Alu.MUL]: 'mul',
  [Alu.DIV]: 'div',
  [Alu.MOD]: 'mod',
  [Alu.AND]: 'and',
  [Alu.OR]: 'or',
  [Alu.XOR]: 'xor',
  [Alu.LSH]: 'shl',
  [Alu.RSH]: 'shr',
  [Alu.ARSH]: 'sar',
};

const CONDITIONS: Readonly<Record<number, Condition>> = {
  [Jump.JEQ]: 'eq',
  [Jump.JNE]: 'ne',
  [Jump.JLT]: 'lt',
  [Jump.JLE]: 'le',
  [Jump.JGT]: 'gt',
  [Jump.JGE]: 'ge',
  [Jump.JSLT]: 'slt',
  [Jump.JSLE]: 'sle',
  [Jump.JSGT]: 'sgt',
  [Jump.JSGE]: 'sge',
  [Jump.JSET]: 'set',
};

interface Frame {
  readonly returnTo: number;
  readonly saved: readonly (bigint | undefined)[];
}

/** `arity` tells how many arguments a helper reads. */
export function interpretBpf(
  code: readonly Instruction[],
  args: readonly bigint[],
  arity: (helper: number) => number,
): TestRun & { readonly steps: number } {
  const machine = new Machine(code, args, arity);
  return machine.run();
}

class Machine {
  readonly #code: readonly Instruction[];
  readonly #arity: (helper: number) => number;
  readonly #registers: (bigint | undefined)[] = new Array(11).fill(undefined);
  readonly #memory = new TestMemory();
  readonly #calls: TestCall[] = [];
  readonly #frames: Frame[] = [];
  #at = 0;

  constructor(code: readonly Instruction[], args: readonly bigint[], arity: (helper: number) => number) {
    this.#code = code;
    this.#arity = arity;
    args.forEach((value, index) => {
      this.#registers[1 + index] = value;
    });
    this.#registers[10] = STACK_TOP;
  }

  run(): TestRun & { steps: number } {
    for (let steps = 1; steps < MAX_STEPS; steps++) {
      const instruction = this.#code[this.#at++];
      if (!instruction) throw new Error('ran off the end');
      if (this.#step(instruction)) return { result: this.#get(0), calls: this.#calls, steps };
    }
    throw new Error('too many steps');
  }

  #get(register: number): bigint {
    const value = this.#registers[register];
    if (value === undefined) throw new Error(`r${register} is not initialised at ${this.#at - 1}`);
    return value;
  }

  /** Whether the program is done. */
  #step(instruction: Instruction): boolean {
    const { code, dst, src, off, imm } = instruction;
    switch (classOf(code)) {
      case Class.ALU:
      case Class.ALU64:
        this.#registers[dst] = this.#arithmetic(instruction);
        return false;
      case Class.LD:
        if (!isWide(code)) throw new Error(`unknown opcode ${code}`);
        this.#registers[dst] = wideValue(instruction, this.#code[this.#at++]!);
        return false;
      case Class.LDX:
        this.#registers[dst] = this.#memory.read(this.#place(src, off, code), bytesOf(sizeOf(code)));
        return false;
      case Class.ST:
        this.#memory.write(this.#place(dst, off, code), bytesOf(sizeOf(code)), u64(BigInt(imm)));
        return false;
      case Class.STX:
        this.#store(instruction);
        return false;
      default:
        return this.#jump(instruction);
    }
  }

  #place(register: number, off: number, code: number): bigint {
    const address = this.#get(register) + BigInt(off);
    const base = this.#get(10);
    if (address < base - 512n || address + BigInt(bytesOf(sizeOf(code))) > STACK_TOP)
      throw new Error('outside the stack');
    if (address % BigInt(bytesOf(sizeOf(code))) !== 0n) throw new Error('misaligned stack access');
    return address;
  }

  #arithmetic({ code, dst, src, imm }: Instruction): bigint {
    const bits = classOf(code) === Class.ALU64 ? 64 : 32;
    const operation = operationOf(code);
    if (operation === Alu.NEG) return BigInt.asUintN(bits, -this.#get(dst));
    if (operation === Alu.END) return reverse(this.#get(dst), imm / 8);
    const right = usesRegisterSource(code) ? this.#get(src) : u64(BigInt(imm));
    if (operation === Alu.MOV) return BigInt.asUintN(bits, right);
    const kind = ALU[operation];
    if (!kind) throw new Error(`unknown opcode ${code}`);
    if (!usesRegisterSource(code) && (kind === 'div' || kind === 'mod') && imm === 0) throw new Error('div by zero');
    return arithmetic(kind, this.#get(dst), right, bits);
  }

  #store({ code, dst, src, off, imm }: Instruction): void {
    const size = bytesOf(sizeOf(code));
    const address = this.#place(dst, off, code);
    const operand = this.#get(src);
    if (modeOf(code) === Mode.MEM) {
      this.#memory.write(address, size, operand);
      return;
    }
    const old = this.#memory.read(address, size);
    if (imm === Atomic.CMPXCHG) {
      if (old === BigInt.asUintN(size * 8, this.#get(0))) this.#memory.write(address, size, operand);
      this.#registers[0] = old;
      return;
    }
    const kind = ALU[imm & 0xf0];
    const value = imm === Atomic.XCHG ? operand : arithmetic(kind!, old, operand);
    this.#memory.write(address, size, value);
    if (imm & Atomic.FETCH) this.#registers[src] = old;
  }

  #jump(instruction: Instruction): boolean {
    const { code, dst, src, off, imm } = instruction;
    const operation = operationOf(code);
    if (operation === Jump.EXIT) return this.#exit();
    if (operation === Jump.CALL) {
      this.#call(instruction);
      return false;
    }
    if (operation === Jump.JA) {
      this.#at += off;
      return false;
    }
    const condition = CONDITIONS[operation];
    if (!condition) throw new Error(`unknown opcode ${code}`);
    const right = usesRegisterSource(code) ? this.#get(src) : u64(BigInt(imm));
    if (compare(condition, this.#get(dst), right, classOf(code) === Class.JMP ? 64 : 32)) this.#at += off;
    return false;
  }

  #call({ src, imm }: Instruction): void {
    if (src === PseudoCall.SUBPROGRAM) {
      this.#frames.push({ returnTo: this.#at, saved: this.#registers.slice(6) });
      this.#registers[0] = undefined;
      for (let register = 6; register < 10; register++) this.#registers[register] = undefined;
      this.#registers[10] = this.#get(10) - 512n;
      this.#at += imm;
      return;
    }
    const args = Array.from({ length: this.#arity(imm) }, (_, index) => this.#get(1 + index));
    const call = { helper: imm, args };
    this.#calls.push(call);
    this.#registers[0] = resultOf(call);
    for (let register = 1; register <= 5; register++) this.#registers[register] = undefined;
  }

  #exit(): boolean {
    const frame = this.#frames.pop();
    if (!frame) return true;
    this.#at = frame.returnTo;
    frame.saved.forEach((value, index) => {
      this.#registers[6 + index] = value;
    });
    for (let register = 1; register <= 5; register++) this.#registers[register] = undefined;
    this.#get(0);
    return false;
  }
}
