// Fills in what an Image leaves open, for a machine: maps by their index, fields from BTF where there is one (else as they were
// on the machine that compiled), addresses and numbers from the engine's options.

import { highHalf } from '../../../base/bytes.ts';
import { TraceError, unreachable } from '../../../base/error.ts';
import type { Btf } from '../../../btf/index.ts';
import type { Parameter, Program, Relocation } from '../../../image/index.ts';
import { decode, type Instruction, PseudoLoad } from '../../../isa/index.ts';
import type { VmProgram } from '../program.ts';

export interface RelocationContext {
  /** Indices in the machine of the Image's maps. */
  readonly maps: readonly number[];
  readonly btf?: Btf;
  /** The offset of a field in a tracepoint's record; what was compiled stands when it does not know. */
  readonly tracepointField?: (tracepoint: string, field: string) => number | undefined;
  readonly kernelSymbol?: (name: string) => bigint | undefined;
  readonly parameter: (parameter: Parameter) => bigint;
}

/**
 * The program with all relocations applied.
 * @throws TraceError ERR_RELOCATION when something is not there.
 */
export function relocate(program: Program, context: RelocationContext, license: string): VmProgram {
  const instructions = decode(program.code);
  for (const relocation of program.relocations) apply(instructions, relocation, context);
  return {
    name: program.name,
    kind: program.kind,
    ...(program.attachKind !== undefined && { attachKind: program.attachKind }),
    instructions,
    license,
  };
}

type Slots = Instruction[];

function apply(slots: Slots, relocation: Relocation, context: RelocationContext): void {
  const { slot } = relocation;
  switch (relocation.kind) {
    case 'map':
      setWide(slots, slot, PseudoLoad.MAP_FD, context.maps[relocation.map]!, 0);
      return;
    case 'map-value':
      setWide(slots, slot, PseudoLoad.MAP_VALUE, context.maps[relocation.map]!, relocation.offset);
      return;
    case 'field':
      shift(slots, relocation, fieldNumber(context.btf, relocation) - relocation.value);
      return;
    case 'tracepoint-field': {
      const found = context.tracepointField?.(relocation.tracepoint, relocation.field) ?? relocation.value;
      shift(slots, relocation, found - relocation.value);
      return;
    }
    case 'kernel-symbol':
    case 'kernel-variable':
      setWide64(slots, slot, symbolAddress(context, relocation.symbol));
      return;
    case 'kfunc':
      throw missing(`the kernel function '${relocation.symbol}'`);
    case 'parameter':
      setWide64(slots, slot, context.parameter(relocation.parameter));
      return;
    default:
      unreachable(relocation);
  }
}

function change(slots: Slots, slot: number, fields: Partial<Instruction>): void {
  slots[slot] = { ...slots[slot]!, ...fields };
}

function setWide(slots: Slots, slot: number, src: number, low: number, high: number): void {
  change(slots, slot, { src, imm: low });
  change(slots, slot + 1, { imm: high });
}

function setWide64(slots: Slots, slot: number, value: bigint): void {
  setWide(slots, slot, PseudoLoad.NONE, Number(BigInt.asIntN(32, value)), highHalf(value));
}

type Shifted = Extract<Relocation, { into: unknown }>;

/** Adds to the number that stands in a field of the slot. */
function shift(slots: Slots, relocation: Shifted, difference: number): void {
  const { slot, into } = relocation;
  const { off, imm } = slots[slot]!;
  if (into === 'imm') change(slots, slot, { imm: (imm + difference) | 0 });
  else if (into === 'imm64') {
    const high = BigInt(slots[slot + 1]!.imm >>> 0);
    setWide64(slots, slot, ((high << 32n) | BigInt(imm >>> 0)) + BigInt(difference));
  } else {
    const value = off + difference;
    if (value < -0x8000 || value > 0x7fff) throw missing(`a field as near as the program needs it (it is at ${value})`);
    change(slots, slot, { off: value });
  }
}

/** The number of a field: that of the BTF, else that of the machine that compiled. */
export function fieldNumber(btf: Btf | undefined, relocation: Extract<Relocation, { kind: 'field' }>): number {
  if (!btf) return relocation.value;
  const match = /^(struct|union|enum)\s+(\w+)$/.exec(relocation.type.trim());
  const type = match
    ? btf.find(match[2]!, match[1] as 'struct' | 'union' | 'enum')?.id
    : (btf.find(relocation.type, 'typedef') ?? btf.find(relocation.type, 'int'))?.id;
  if (type === undefined) throw missing(`the type '${relocation.type}'`);
  if (relocation.what === 'type-size') return btf.sizeOf(type);
  const member = btf.path(type, relocation.path);
  if (!member) throw missing(`the field '${relocation.path}' of '${relocation.type}'`);
  return relocation.what === 'byte-size' ? btf.sizeOf(member.type) : Math.floor(member.bitOffset / 8);
}

function symbolAddress(context: RelocationContext, symbol: string): bigint {
  const address = context.kernelSymbol?.(symbol);
  if (address === undefined) throw missing(`the address of the kernel symbol '${symbol}'`);
  return address;
}

function missing(what: string): TraceError {
  return new TraceError('ERR_RELOCATION', `the vm does not have ${what}, which the program uses`);
}
