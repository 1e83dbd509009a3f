// Comparisons of packet pointers with the end of the packet: how many bytes may be read behind them
// (try_match_pkt_pointers() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Class, Jump } from '../../../isa/index.ts';
import { isPacketPointer, type Register, Type } from './register.ts';
import { exchanged } from './scalar-branch.ts';
import type { State } from './state.ts';

/** `extent` of a packet pointer that is at the end, or behind it. */
const AT_END = -1;
const BEYOND_END = -2;
const MAX_PACKET_OFFSET = 0xffff;

export function isAnyPacketPointer(type: number): boolean {
  return isPacketPointer(type) || type === Type.PACKET_END;
}

/** Whether a comparison with the end is already known from an earlier one. */
export function predictPacket(operation: number, dst: Register, src: Register): 0 | 1 | -1 {
  let packet: Register;
  let way = operation;
  if (src.type === Type.PACKET_END) packet = dst;
  else if (dst.type === Type.PACKET_END) {
    packet = src;
    way = exchanged(operation);
  } else return -1;
  if (packet.extent >= 0) return -1;
  const beyond = packet.extent === BEYOND_END;
  if (way === Jump.JLE || way === Jump.JGT) return beyond ? (way === Jump.JGT ? 1 : 0) : -1;
  if (way === Jump.JLT || way === Jump.JGE) return way === Jump.JGE ? 1 : 0;
  return -1;
}

/** The registers of a comparison and the states on its two sides. */
export interface PacketComparison {
  readonly code: number;
  readonly dst: Register;
  readonly src: Register;
  readonly dstNumber: number;
  readonly srcNumber: number;
  readonly falls: State;
  readonly jumps: State;
}

/** Widens the checked ranges on both sides; false when it is no comparison of packet pointers. */
export function comparePackets(comparison: PacketComparison): boolean {
  const { code, dst, src, dstNumber, srcNumber } = comparison;
  if ((code & 0x07) !== Class.JMP || (code & 0x08) === 0) return false;
  const operation = code & 0xf0;
  if (isLimit(dst, src)) return learn(operation, dst, dstNumber, comparison);
  if (isLimit(src, dst)) return learn(exchanged(operation), src, srcNumber, comparison);
  return false;
}

/** Whether `limit` ends what `pointer` points into. */
function isLimit(pointer: Register, limit: Register): boolean {
  if (pointer.type === Type.PACKET) return limit.type === Type.PACKET_END;
  return pointer.type === Type.PACKET_META && isStart(limit);
}

function isStart(register: Register): boolean {
  const { bits } = register.value;
  const unmoved = register.off === 0 && (bits.vh | bits.vl | bits.mh | bits.ml) === 0;
  return register.type === Type.PACKET && register.id === 0 && unmoved;
}

/** `pointer operation limit` holds where it jumps. */
function learn(operation: number, pointer: Register, number: number, { falls, jumps }: PacketComparison): boolean {
  switch (operation) {
    case Jump.JGT:
      widen(falls, pointer, false);
      markEnd(jumps, number, true);
      return true;
    case Jump.JLT:
      widen(jumps, pointer, true);
      markEnd(falls, number, false);
      return true;
    case Jump.JGE:
      widen(falls, pointer, true);
      markEnd(jumps, number, false);
      return true;
    case Jump.JLE:
      widen(jumps, pointer, false);
      markEnd(falls, number, true);
      return true;
    default:
      return false;
  }
}

function widen(state: State, pointer: Register, strictlyBelow: boolean): void {
  const { off, value } = pointer;
  if (off < 0 || (off === 0 && strictlyBelow)) return;
  if (value.umaxH !== 0 || (value.umaxL >>> 0) + off > MAX_PACKET_OFFSET || value.umaxL >>> 0 > MAX_PACKET_OFFSET)
    return;
  const range = strictlyBelow ? off + 1 : off;
  state.replaceRegisters((register) =>
    register.type === pointer.type && register.id === pointer.id && register.extent < range
      ? register.withExtent(range)
      : register,
  );
}

function markEnd(state: State, number: number, beyond: boolean): void {
  const { registers } = state.top;
  const register = registers[number]!;
  if (register.type === Type.PACKET) registers[number] = register.withExtent(beyond ? BEYOND_END : AT_END);
}
