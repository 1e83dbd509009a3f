// States as the kernel's log writes them: `R1=ctx() R10=fp0 R0=scalar(umax=255,var_off=(0x0; 0xff))`
// (kernel/bpf/log.c, as of Linux 6.18).

import type { Environment } from './environment.ts';
import { ADD_CONST, baseOf, isPacketPointer, type Register, Type, typeName } from './register.ts';
import type { Scalar } from './scalar.ts';
import { Byte, kindAt, type Slot } from './stack-slot.ts';
import type { Frame } from './state.ts';
import { formatBits, isUnknown } from './tnum.ts';

const MAX_DECIMAL = 0x7fffn;

function signedText(value: bigint): string {
  return value >= -MAX_DECIMAL - 1n && value <= MAX_DECIMAL ? value.toString() : hex(value);
}

function unsignedText(value: bigint): string {
  return value <= 0xffffn ? value.toString() : hex(value);
}

function hex(value: bigint): string {
  return `0x${BigInt.asUintN(64, value).toString(16)}`;
}

const S64_MIN = -(1n << 63n);
const S64_MAX = (1n << 63n) - 1n;
const U64_MAX = (1n << 64n) - 1n;

interface Bound {
  readonly name: string;
  readonly value: bigint;
  omitted: boolean;
}

function bounds(s: Scalar): readonly Bound[] {
  const wide32 = (value: number): bigint => BigInt(value >= -0x8000 && value <= 0x7fff ? value : value >>> 0);
  return [
    { name: 'smin', value: s.smin, omitted: s.smin === S64_MIN },
    { name: 'smax', value: s.smax, omitted: s.smax === S64_MAX },
    { name: 'umin', value: s.umin, omitted: s.umin === 0n },
    { name: 'umax', value: s.umax, omitted: s.umax === U64_MAX },
    { name: 'smin32', value: wide32(s.smin32), omitted: s.smin32 === (0x8000_0000 | 0) },
    { name: 'smax32', value: wide32(s.smax32), omitted: s.smax32 === 0x7fff_ffff },
    { name: 'umin32', value: BigInt(s.umin32 >>> 0), omitted: s.umin32 === 0 },
    { name: 'umax32', value: BigInt(s.umax32 >>> 0), omitted: s.umax32 === -1 },
  ];
}

/** Bounds that are no news are left out; equal ones share their value. */
function formatBounds(s: Scalar): string[] {
  const list = bounds(s);
  const parts: string[] = [];
  list.forEach((bound, n) => {
    if (bound.omitted) return;
    const isSigned = bound.name.startsWith('s');
    const negative = isSigned && bound.value < 0n;
    let names = `${bound.name}=`;
    for (let m = n + 2; m < list.length; m += 2) {
      const other = list[m]!;
      if (other.omitted || BigInt.asUintN(64, other.value) !== BigInt.asUintN(64, bound.value)) continue;
      if ((other.name.startsWith('s') && other.value < 0n) !== negative) continue;
      other.omitted = true;
      names += `${other.name}=`;
    }
    parts.push(names + (isSigned ? signedText(bound.value) : unsignedText(bound.value)));
  });
  return parts;
}

/** What a register holds; `frame` is the one that it is printed for. */
export function formatRegister(env: Environment, register: Register, frame: number, precise = false): string {
  const { type, value } = register;
  const constant = value.isConstant;
  const mark = type === Type.SCALAR && precise ? 'P' : '';
  if (type === Type.SCALAR && constant) return mark + signedText(BigInt.asIntN(64, value.umin));
  let text = mark + typeName(type);
  if (type === Type.STACK) {
    if (register.extent !== frame) text += `[${register.extent}]`;
    if (constant) return text + signedText(BigInt.asIntN(64, value.umin) + BigInt(register.off));
  }
  if (baseOf(type) === Type.BTF_ID) text += register.struct;
  return `${text}(${details(env, register).join(',')})`;
}

function details(env: Environment, register: Register): string[] {
  const { type, value, id, off } = register;
  const parts: string[] = [];
  if (id !== 0) {
    const delta = id < 0 ? (off >= 0 ? `+${off}` : `${off}`) : '';
    parts.push(`id=${id & ~ADD_CONST}${delta}`);
  }
  if (register.reference !== 0) parts.push(`ref_obj_id=${register.reference}`);
  const base = baseOf(type);
  if (base === Type.MAP || base === Type.MAP_VALUE || base === Type.MAP_KEY) {
    const map = env.maps[register.map];
    if (map) parts.push(`ks=${map.keySize}`, `vs=${map.valueSize}`);
  }
  if (type !== Type.SCALAR && off !== 0) parts.push(`off=${signedText(BigInt(off))}`);
  if (isPacketPointer(type)) parts.push(`r=${unsignedText(BigInt.asUintN(32, BigInt(register.extent)))}`);
  if (base === Type.MEM) parts.push(`sz=${unsignedText(BigInt(register.extent))}`);
  if (value.isConstant) {
    if (value.umin !== 0n) parts.push(`imm=${signedText(BigInt.asIntN(64, value.umin))}`);
    return parts;
  }
  parts.push(...formatBounds(value));
  if (!isUnknown(value.bits)) parts.push(`var_off=${formatBits(value.bits)}`);
  return parts;
}

const byteLetters: Readonly<Record<number, string>> = {
  [Byte.INVALID]: '?',
  [Byte.SPILL]: 'r',
  [Byte.MISC]: 'm',
  [Byte.ZERO]: '0',
  [Byte.DYNPTR]: 'd',
  [Byte.ITER]: 'i',
};

/** Registers and stack slots of a frame that hold something. */
export function formatFrame(env: Environment, frame: Frame): string {
  const parts: string[] = [];
  frame.registers.forEach((register, i) => {
    if (register.type === Type.NOT_INIT) return;
    parts.push(`R${i}=${formatRegister(env, register, frame.number, (frame.precise & (1 << i)) !== 0)}`);
  });
  frame.stack.forEach((slot, i) => {
    const text = formatSlot(env, slot, frame.number);
    if (text !== undefined) parts.push(`fp-${(i + 1) * 8}=${text}`);
  });
  return parts.join(' ');
}

function formatSlot(env: Environment, slot: Slot, frame: number): string | undefined {
  if (slot.kinds === 0) return undefined;
  let letters = '';
  for (let byte = 7; byte >= 0; byte--) letters += byteLetters[kindAt(slot.kinds, byte)];
  if ((slot.kinds & 0xf) === Byte.DYNPTR) return `dynptr_${slot.register.struct}()`;
  if ((slot.kinds & 0xf) !== Byte.SPILL) return letters;
  const held = formatRegister(env, slot.register, frame);
  const rest = letters.replaceAll('r', '');
  return rest === '' ? held : `${rest}${held}`;
}
