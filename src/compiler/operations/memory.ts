// Memory of constant size: copied, zeroed and compared by words of the largest size that the alignment allows. Large
// blocks go through bpf_probe_read_kernel, which is the kernel's memcpy for programs, and which zeroes the destination when
// the source cannot be read (bpf_probe_read_kernel_common, kernel/trace/bpf_trace.c, Linux 5.5).

import type { AccessSize, Instruction } from '../ir.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { forEachStep } from './loop.ts';

/** Bytes up to which code is laid out word by word. */
const INLINE_LIMIT = 256;

/** One access of a block. */
export interface Chunk {
  readonly at: number;
  readonly size: AccessSize;
}

/** The accesses that cover `size` bytes of places with the given offsets. */
export function chunks(size: number, ...places: readonly Place[]): Chunk[] {
  const result: Chunk[] = [];
  for (let at = 0; at < size; ) {
    let width: AccessSize = 8;
    while (at + width > size || places.some((place) => misaligned(place, at, width))) width = (width / 2) as AccessSize;
    result.push({ at, size: width });
    at += width;
  }
  return result;
}

function misaligned(place: Place, at: number, width: number): boolean {
  return (place.offset + at) % width !== 0 || width > (place.align ?? 8);
}

/** The place `bytes` further on. */
export function after(place: Place, bytes: number): Place {
  return { ...place, offset: place.offset + bytes };
}

/** Copies `size` bytes. */
export function copy(p: ProgramBuilder, to: Place, from: Place, size: number): void {
  if (size > INLINE_LIMIT) {
    p.call('probe_read_kernel', p.address(to), size, p.address(from));
    return;
  }
  for (const chunk of chunks(size, to, from)) {
    p.b.store(chunk.size, to.base, to.offset + chunk.at, p.b.load(chunk.size, from.base, from.offset + chunk.at));
  }
}

/** Makes `size` bytes zero. */
export function zero(p: ProgramBuilder, to: Place, size: number): void {
  if (size > INLINE_LIMIT) {
    p.call('probe_read_kernel', p.address(to), size, 0);
    return;
  }
  for (const chunk of chunks(size, to)) p.b.store(chunk.size, to.base, to.offset + chunk.at, 0);
}

/** 1 when `size` bytes are equal, else 0. */
export function equal(p: ProgramBuilder, a: Place, b: Place, size: number): Instruction {
  if (size > INLINE_LIMIT) return equalLoop(p, a, b, size);
  let difference: Instruction | undefined;
  for (const chunk of chunks(size, a, b)) {
    const left = p.b.load(chunk.size, a.base, a.offset + chunk.at);
    const right = p.b.load(chunk.size, b.base, b.offset + chunk.at);
    const changed = p.b.binary('xor', left, right);
    difference = difference ? p.b.binary('or', difference, changed) : changed;
  }
  return difference ? p.b.compare('eq', difference, 0) : p.b.const(1);
}

/** 1 when the bytes at a place are the given ones, else 0. */
export function equalBytes(p: ProgramBuilder, place: Place, bytes: Uint8Array): Instruction {
  const { b } = p;
  const result = b.variable('equal');
  const done = b.block('compared');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  b.write(result, b.const(0));
  for (const { at, size } of chunks(bytes.length, place)) {
    const next = b.block('same');
    b.branch('eq', b.load(size, place.base, place.offset + at), readWord(view, at, size), next, done);
    b.enter(next);
  }
  b.write(result, b.const(1));
  b.jump(done);
  b.enter(done);
  return b.read(result);
}

/** Writes bytes that are known when compiling. */
export function storeBytes(p: ProgramBuilder, place: Place, bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const { at, size } of chunks(bytes.length, place)) {
    p.b.store(size, place.base, place.offset + at, readWord(view, at, size));
  }
}

/** The little-endian word of some bytes. */
function readWord(view: DataView, at: number, size: AccessSize): bigint {
  let value = 0n;
  for (let index = size - 1; index >= 0; index--) value = (value << 8n) | BigInt(view.getUint8(at + index));
  return value;
}

function equalLoop(p: ProgramBuilder, a: Place, b: Place, size: number): Instruction {
  const result = p.b.variable('equal');
  const words = Math.floor(size / 8);
  const left = p.address(a);
  const right = p.address(b);
  p.b.write(result, p.b.const(1));
  forEachStep(p, 0, words * 8, 8, (at, loop) => {
    const word = p.b.load(8, p.b.add(left, at));
    p.b.if('ne', word, p.b.load(8, p.b.add(right, at)), () => {
      p.b.write(result, p.b.const(0));
      loop.break();
    });
  });
  const rest = size - words * 8;
  if (rest === 0) return p.b.read(result);
  return p.b.binary('and', p.b.read(result), equal(p, after(a, words * 8), after(b, words * 8), rest));
}
