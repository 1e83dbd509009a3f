// Reads of memory that programs cannot touch directly: kernel and user addresses go through the probe_read helpers
// (Linux 5.5), which fail softly and leave zeroes. What the verifier trusts (context, typed pointers) is loaded directly.

import type { Type } from '../../image/index.ts';
import { isSigned, sizeOf } from '../../image/index.ts';
import type { AccessSize, Instruction, OpenRelocation } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { zero } from './memory.ts';
import { bitField, type DeferredOperand, deferred, loadScalar, type Operand, scalar } from './operand.ts';
import { helperFailed, problem } from './records.ts';

/** Which memory an address is in. */
export type Space = 'kernel' | 'user';

/** Where a member lies, by BTF or by a tracepoint's format; `value` holds on the machine that compiles. */
export interface Member {
  readonly relocation?: OpenRelocation;
  readonly offset: number;
}

/** What an access outside an array says, in bpftrace's words. */
export const OUT_OF_BOUNDS = 'Array access out of bounds. This can lead to unexpected results.';

/** Reads `size` bytes into a place; faults are counted and leave zeroes. */
export function readInto(p: ProgramBuilder, space: Space, address: Instruction, place: Place, size: number): void {
  if (size === 0) return;
  const helper = space === 'user' ? 'probe_read_user' : 'probe_read_kernel';
  countFault(p, helper, p.call(helper, p.address(place), size, address));
}

/** Counts a fault when a helper's result is negative. */
export function countFault(p: ProgramBuilder, helper: string, result: Instruction): void {
  p.b.if('slt', result, 0, () => {
    p.count('faults');
    helperFailed(p, helper, 'Bad address', result);
  });
}

/** Reads a value at an address: a scalar at once, anything else where it is needed. */
export function read(p: ProgramBuilder, type: Type, space: Space, address: Instruction): Operand {
  const size = sizeOf(type);
  if (!isRegisterSized(type)) {
    return deferred(type, (place) => {
      readInto(p, space, address, place, size);
      return undefined;
    });
  }
  const place = p.stack(size, 'read');
  readInto(p, space, address, place, size);
  return scalar(type, loadScalar(p, type, place));
}

function isRegisterSized(type: Type): boolean {
  switch (type.kind) {
    case 'bool':
    case 'int':
    case 'enum':
    case 'pointer':
      return true;
    default:
      return false;
  }
}

/** The address of a member of what an address points to. */
export function memberAddress(p: ProgramBuilder, address: Instruction, member: Member): Instruction {
  if (member.relocation) return p.b.add(address, p.b.relocated(member.relocation, member.offset));
  return member.offset === 0 ? address : p.b.add(address, member.offset);
}

/** Loads a scalar that the verifier lets programs load: from the context, or through a pointer typed by BTF. */
export function loadMember(p: ProgramBuilder, type: Type, base: Instruction, member: Member): Operand {
  const size = sizeOf(type) as AccessSize;
  // The relocation brings the offset with it.
  const value = p.b.load(size, base, member.relocation ? 0 : member.offset, member.relocation);
  return scalar(type, isSigned(type) ? p.b.extend(value, size, true) : value);
}

/** A bit field out of the integer that holds it. */
export function takeBits(p: ProgramBuilder, type: Type, value: Instruction, shift: number, width: number): Operand {
  return scalar(type, bitField(p, value, shift, width, isSigned(type)));
}

/**
 * Makes a plain number of a pointer that the verifier tracks, so that any arithmetic is allowed on it: what is loaded from
 * a map value has no type.
 */
export function untrack(p: ProgramBuilder, pointer: Instruction): Instruction {
  const place = p.at(p.local(8));
  p.b.store(8, place.base, place.offset, pointer);
  return p.b.load(8, place.base, place.offset);
}

/** The index, or 0 and an error when it is not below the length. */
export function checkedIndex(p: ProgramBuilder, index: Instruction, length: number): Instruction {
  if (index.op === 'const' && index.value < BigInt(length)) return index;
  return p.b.choose(
    'ge',
    index,
    length,
    () => {
      problem(p, { message: OUT_OF_BOUNDS, severity: 'warning' });
      return p.b.const(0);
    },
    () => index,
  );
}

/** An element of an array that programs can read directly. */
export function element(p: ProgramBuilder, type: Type, array: Place, index: Instruction, length: number): Place {
  const size = sizeOf(type);
  const checked = checkedIndex(p, index, length);
  if (checked.op === 'const') return { ...array, offset: array.offset + Number(checked.value) * size };
  const distance = p.b.binary('mul', checked, size);
  const align = (size & -size) as 1 | 2 | 4;
  return { base: p.b.add(array.base, distance), offset: array.offset, ...(align < 8 ? { align } : {}) };
}

/** How a string is read. */
export interface StringRead {
  readonly space: Space;
  readonly address: Instruction;
  /** Bytes of the string's type, the NUL included. */
  readonly size: number;
  /** Fewer bytes, found out when it runs; the NUL included. */
  readonly limit?: Instruction;
  /** The length was asked for: a longer string ends with a NUL all the same, and is not counted as cut. */
  readonly asked?: boolean;
  /** An array of characters: it may fill its type without a NUL, which is not counted as cut. */
  readonly array?: boolean;
}

/**
 * A NUL-terminated string at an address. One that is longer than its type fills all bytes without a NUL and is counted as
 * cut, unless its length was asked for.
 */
export function readString(p: ProgramBuilder, options: StringRead): DeferredOperand {
  const { space, address, size } = options;
  const helper = space === 'user' ? 'probe_read_user_str' : 'probe_read_kernel_str';
  return deferred({ kind: 'string', size }, (place, clean) => {
    if (clean) zero(p, place, size);
    const limit = options.limit ? boundedSize(p, options.limit, size) : p.b.const(size);
    const result = p.call(helper, p.address(place), limit, address);
    return finishString(p, options, place, helper, result);
  });
}

// A read of no bytes at all is refused by older kernels, so at least the NUL is read.
function boundedSize(p: ProgramBuilder, size: Instruction, limit: number): Instruction {
  const { b } = p;
  const most = b.choose(
    'gt',
    size,
    limit,
    () => b.const(limit),
    () => size,
  );
  return b.choose(
    'eq',
    most,
    0,
    () => b.const(1),
    () => most,
  );
}

/** Looks at what a string helper returned: the bytes with the NUL, or a negative error. Returns the bytes that count. */
function finishString(
  p: ProgramBuilder,
  options: StringRead,
  place: Place,
  helper: string,
  result: Instruction,
): Instruction {
  const { b } = p;
  const { size } = options;
  const length = b.variable('length');
  b.write(length, result);
  b.if('sle', result, 0, () => {
    // An empty string; the helper has zeroed the buffer when it failed (Linux 5.5).
    b.write(length, b.const(1));
    b.store(1, place.base, place.offset, 0);
    b.if('ne', result, 0, () => {
      p.count('faults');
      helperFailed(p, helper, 'Bad address', result);
    });
  });
  if (options.array || !options.asked) markCut(p, options, place, result, size);
  return b.read(length);
}

// The helper ends every string with a NUL; whether it cut one shows only in the byte that it left out.
function markCut(p: ProgramBuilder, options: StringRead, place: Place, result: Instruction, size: number): void {
  const { b } = p;
  b.if('eq', result, size, () => {
    const last = p.stack(1, 'last');
    b.store(8, last.base, last.offset, 0);
    const helper = options.space === 'user' ? 'probe_read_user' : 'probe_read_kernel';
    p.call(helper, p.address(last), 1, b.add(options.address, size - 1));
    const byte = b.load(1, last.base, last.offset);
    b.if('ne', byte, 0, () => {
      b.store(1, place.base, place.offset + size - 1, byte);
      if (!options.array) p.count('cut');
    });
  });
}

/** Bytes at an address as a buffer: `length` of them, at most `size`. */
export function readBuffer(
  p: ProgramBuilder,
  space: Space,
  address: Instruction,
  size: number,
  length: Instruction,
): DeferredOperand {
  const { b } = p;
  return deferred({ kind: 'buffer', size }, (place, clean) => {
    const data: Place = { base: place.base, offset: place.offset + 4, align: 4 };
    if (clean) zero(p, data, size);
    const count =
      length.op === 'const'
        ? length
        : b.choose(
            'gt',
            length,
            size,
            () => b.const(size),
            () => length,
          );
    b.store(4, place.base, place.offset, count);
    const helper = space === 'user' ? 'probe_read_user' : 'probe_read_kernel';
    countFault(p, helper, p.call(helper, p.address(data), count, address));
    return b.add(count, 4);
  });
}

/** A buffer of bytes that programs can read directly. */
export function bufferOf(p: ProgramBuilder, bytes: Place, size: number): DeferredOperand {
  return deferred({ kind: 'buffer', size }, (place) => {
    p.b.store(4, place.base, place.offset, size);
    const data: Place = { base: place.base, offset: place.offset + 4, align: 4 };
    p.call('probe_read_kernel', p.address(data), size, p.address(bytes));
    return undefined;
  });
}
