// USDT probes: the `stapsdt` notes that the macros of sys/sdt.h leave in a program, and the texts that say where the
// arguments of a probe are when it is hit (SystemTap wiki, UserSpaceProbeImplementation).

import { cString } from '../base/bytes.ts';
import { Machine } from './format.ts';
import type { Note } from './notes.ts';
import { parseArmArgument } from './usdt-aarch64.ts';
import { parseX86Argument } from './usdt-x86.ts';

/** How to get an argument's bits. */
export type UsdtLocation =
  | { readonly kind: 'constant'; readonly value: bigint }
  | {
      readonly kind: 'register';
      readonly register: string /** Bits to shift right first (`%ah`). */;
      readonly shift: number;
    }
  | {
      readonly kind: 'memory';
      /** Full-width name of the register that holds the address; absent for an absolute address. */
      readonly base?: string;
      readonly offset: bigint;
      /** A second register, times `scale`. */
      readonly index?: string;
      readonly scale: number;
      /** The address of this symbol is added (`counter(%rip)`). */
      readonly symbol?: string;
    }
  /** What no BPF program can read, such as vector registers. */
  | { readonly kind: 'unsupported' };

export interface UsdtArgument {
  /** 1, 2, 4 or 8 bytes. */
  readonly size: number;
  readonly signed: boolean;
  readonly location: UsdtLocation;
  /** As written in the note: `-4@%edi`. */
  readonly text: string;
}

export interface UsdtProbe {
  readonly provider: string;
  readonly name: string;
  /** Virtual address of the instruction, corrected for prelink. */
  readonly address: bigint;
  /** Virtual address of the counter that switches the probe on, or 0. */
  readonly semaphore: bigint;
  /** The arguments as written in the note. */
  readonly text: string;
  readonly args: readonly UsdtArgument[];
}

const NT_STAPSDT = 3;

/** What the file says beside the notes. */
export interface UsdtContext {
  readonly is64: boolean;
  readonly machine: number;
  /** Address of the section `.stapsdt.base` when there is one. */
  readonly baseAddress?: bigint;
}

/** The probes that notes describe, in the order of the notes. */
export function parseUsdtNotes(notes: readonly Note[], context: UsdtContext): UsdtProbe[] {
  return notes
    .filter((note) => note.owner === 'stapsdt' && note.type === NT_STAPSDT)
    .map((note) => parseUsdtNote(note.description, context))
    .filter((probe) => probe !== undefined);
}

function parseUsdtNote(bytes: Uint8Array, context: UsdtContext): UsdtProbe | undefined {
  const width = context.is64 ? 8 : 4;
  if (bytes.length < width * 3 + 3) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (index: number): bigint =>
    context.is64 ? view.getBigUint64(index * 8, true) : BigInt(view.getUint32(index * 4, true));
  const provider = cString(bytes, width * 3);
  const nameAt = width * 3 + encodedLength(bytes, width * 3);
  const textAt = nameAt + encodedLength(bytes, nameAt);
  const text = cString(bytes, textAt);
  // The note has the address that `.stapsdt.base` had when it was written; prelink moves the section, not the notes.
  const moved = context.baseAddress === undefined ? 0n : context.baseAddress - word(1);
  return {
    provider,
    name: cString(bytes, nameAt),
    address: BigInt.asUintN(64, word(0) + moved),
    semaphore: word(2) === 0n ? 0n : BigInt.asUintN(64, word(2) + moved),
    text,
    args: parseUsdtArguments(text, context.machine),
  };
}

function encodedLength(bytes: Uint8Array, start: number): number {
  const end = bytes.indexOf(0, start);
  return (end === -1 ? bytes.length : end + 1) - start;
}

/** Arguments are separated by spaces, but AArch64 writes spaces inside brackets. */
export function parseUsdtArguments(text: string, machine: number): UsdtArgument[] {
  return (text.match(/(?:\[[^\]]*\]|[^\s[])+/g) ?? []).map((part) => parseUsdtArgument(part, machine));
}

function parseUsdtArgument(text: string, machine: number): UsdtArgument {
  const at = text.indexOf('@');
  const size = /^(-?)([1248])(f?)$/.exec(text.slice(0, Math.max(at, 0)));
  const place = text.slice(at + 1);
  if (!size) {
    // Without a size the argument is a word of the machine.
    return { size: 8, signed: false, location: at === -1 ? locate(text, machine) : { kind: 'unsupported' }, text };
  }
  const location: UsdtLocation = size[3] === 'f' ? { kind: 'unsupported' } : locate(place, machine);
  return { size: Number(size[2]), signed: size[1] === '-', location, text };
}

function locate(place: string, machine: number): UsdtLocation {
  if (machine === Machine.X86_64 || machine === Machine.I386) return parseX86Argument(place);
  if (machine === Machine.AARCH64) return parseArmArgument(place);
  return { kind: 'unsupported' };
}
