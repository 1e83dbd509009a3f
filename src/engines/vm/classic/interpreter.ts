// Runs classic BPF as the kernel and libpcap do: a load outside the packet ends the program with 0, and so does a division by
// a register that is 0. Small and plainly right; filters over whole captures run on it.

import { assert } from '../../../base/error.ts';
import {
  ANCILLARY_OFFSET,
  type AncillaryName,
  ancillaryName,
  CLASSIC_MEMORY_WORDS,
  CLASSIC_RET_A,
  CLASSIC_RET_K,
  CLASSIC_TAX,
  CLASSIC_TXA,
  ClassicAlu,
  ClassicClass,
  type ClassicInstruction,
  ClassicJump,
  ClassicMode,
  ClassicSize,
} from '../../../isa/index.ts';

export interface ClassicPacket {
  readonly bytes: Uint8Array;
  /** Length on the wire, when it is more than what was captured. */
  readonly length?: number;
  /** What is known of the packet beside its bytes; a load of what is missing ends the program with 0. */
  readonly ancillary?: Readonly<Partial<Record<AncillaryName, number>>>;
}

/** Programs with jumps backwards (`protochain`) are cut here; the kernel takes no such program at all. */
const MAX_STEPS = 1_000_000;

/** Runs a program over a packet and gives what it returns: how many bytes to keep, 0 to drop the packet. */
export function runClassic(program: readonly ClassicInstruction[], packet: ClassicPacket): number {
  const view = new DataView(packet.bytes.buffer, packet.bytes.byteOffset, packet.bytes.byteLength);
  const memory = new Uint32Array(CLASSIC_MEMORY_WORDS);
  const state: State = { packet, view, memory, a: 0, x: 0, failed: false };
  let at = 0;
  for (let steps = 0; steps < MAX_STEPS; steps++) {
    const instruction = program[at];
    assert(instruction, `a classic program ran beyond its end at ${at}`);
    const { code, jt, jf, k } = instruction;
    if ((code & 7) === ClassicClass.RET) return code === CLASSIC_RET_A ? state.a : code === CLASSIC_RET_K ? k : 0;
    at++;
    if ((code & 7) === ClassicClass.JMP) {
      if ((code & 0xf0) === ClassicJump.JA) at = (at + k) | 0;
      else at += jumps(code, state.a, (code & 8) === 0 ? k : state.x) ? jt : jf;
    } else {
      step(state, code, k);
      if (state.failed) return 0;
    }
  }
  return 0;
}

interface State {
  readonly packet: ClassicPacket;
  readonly view: DataView;
  readonly memory: Uint32Array;
  a: number;
  x: number;
  failed: boolean;
}

function step(state: State, code: number, k: number): void {
  switch (code & 7) {
    case ClassicClass.LD:
      state.a = load(state, code, k);
      break;
    case ClassicClass.LDX:
      state.x = (code & 0xe0) === ClassicMode.MSH ? (read(state, k, 1) & 0xf) << 2 : load(state, code, k);
      break;
    case ClassicClass.ST:
      state.memory[k] = state.a;
      break;
    case ClassicClass.STX:
      state.memory[k] = state.x;
      break;
    case ClassicClass.ALU:
      arithmetic(state, code & 0xf0, (code & 8) === 0 ? k : state.x);
      break;
    default:
      if (code === CLASSIC_TAX) state.x = state.a;
      else if (code === CLASSIC_TXA) state.a = state.x;
  }
}

function load(state: State, code: number, k: number): number {
  switch (code & 0xe0) {
    case ClassicMode.IMM:
      return k;
    case ClassicMode.MEM:
      return state.memory[k]!;
    case ClassicMode.LEN:
      return (state.packet.length ?? state.packet.bytes.length) >>> 0;
    case ClassicMode.IND:
      return read(state, (state.x + k) >>> 0, bytesOf(code));
    default:
      return k >= ANCILLARY_OFFSET ? ancillary(state, k) : read(state, k, bytesOf(code));
  }
}

function bytesOf(code: number): 1 | 2 | 4 {
  const size = code & 0x18;
  return size === ClassicSize.B ? 1 : size === ClassicSize.H ? 2 : 4;
}

function read(state: State, offset: number, bytes: 1 | 2 | 4): number {
  if (offset + bytes > state.view.byteLength) {
    state.failed = true;
    return 0;
  }
  if (bytes === 1) return state.view.getUint8(offset);
  return bytes === 2 ? state.view.getUint16(offset) : state.view.getUint32(offset);
}

function ancillary(state: State, k: number): number {
  const name = ancillaryName(k);
  if (name === 'xor_x') return (state.a ^ state.x) >>> 0;
  const value = name && state.packet.ancillary?.[name];
  if (value === undefined) state.failed = true;
  return (value ?? 0) >>> 0;
}

function arithmetic(state: State, operation: number, operand: number): void {
  const { a } = state;
  switch (operation) {
    case ClassicAlu.ADD:
      state.a = (a + operand) >>> 0;
      break;
    case ClassicAlu.SUB:
      state.a = (a - operand) >>> 0;
      break;
    case ClassicAlu.MUL:
      state.a = Math.imul(a, operand) >>> 0;
      break;
    case ClassicAlu.DIV:
    case ClassicAlu.MOD:
      if (operand === 0) state.failed = true;
      else state.a = operation === ClassicAlu.DIV ? Math.floor(a / operand) : a % operand;
      break;
    case ClassicAlu.OR:
      state.a = (a | operand) >>> 0;
      break;
    case ClassicAlu.AND:
      state.a = (a & operand) >>> 0;
      break;
    case ClassicAlu.XOR:
      state.a = (a ^ operand) >>> 0;
      break;
    case ClassicAlu.LSH:
      // The kernel converts to eBPF, where a shift by a register counts modulo 32, as it does here.
      state.a = (a << operand) >>> 0;
      break;
    case ClassicAlu.RSH:
      state.a = a >>> operand;
      break;
    case ClassicAlu.NEG:
      state.a = -a >>> 0;
      break;
  }
}

function jumps(code: number, a: number, operand: number): boolean {
  switch (code & 0xf0) {
    case ClassicJump.JEQ:
      return a === operand;
    case ClassicJump.JGT:
      return a > operand;
    case ClassicJump.JGE:
      return a >= operand;
    default:
      return (a & operand) !== 0;
  }
}
