// Fills in what an Image leaves open: map descriptors, offsets of fields, addresses, numbers of this run. Each kind of
// relocation is one function from the relocation to the number that belongs into the code.

import { highHalf } from '../../base/bytes.ts';
import { TraceError, unreachable } from '../../base/error.ts';
import type { Btf, MemberLocation } from '../../btf/index.ts';
import type { Parameter, Program, Relocation } from '../../image/index.ts';
import { PseudoCall, PseudoLoad } from '../../isa/index.ts';
import type { LoadOptions } from '../engine.ts';
import type { Platform } from './platform.ts';
import type { Sys } from './sys/sys.ts';

const SLOT_BYTES = 8;

export interface RelocationContext {
  readonly sys: Sys;
  readonly platform: Platform;
  readonly options: LoadOptions;
  /** Descriptors of the Image's maps, in order. */
  readonly maps: readonly number[];
  /** When the run began. */
  readonly startNs: bigint;
}

/** A copy of the program's code with all relocations applied. */
export function relocate(program: Program, context: RelocationContext): Uint8Array {
  const code = program.code.slice();
  const slots = new Slots(code);
  for (const relocation of program.relocations) apply(slots, relocation, context);
  return code;
}

type Of<K extends Relocation['kind']> = Extract<Relocation, { kind: K }>;

function apply(slots: Slots, relocation: Relocation, context: RelocationContext): void {
  switch (relocation.kind) {
    case 'map':
      slots.setWide(relocation.slot, PseudoLoad.MAP_FD, context.maps[relocation.map]!, 0);
      return;
    case 'map-value':
      slots.setWide(relocation.slot, PseudoLoad.MAP_VALUE, context.maps[relocation.map]!, relocation.offset);
      return;
    case 'field':
      slots.shift(relocation, fieldNumber(context.platform.btf, relocation) - relocation.value);
      return;
    case 'tracepoint-field':
      slots.shift(relocation, tracepointField(context.platform, relocation) - relocation.value);
      return;
    case 'kernel-symbol':
      slots.setWide64(relocation.slot, kernelSymbol(context.platform, relocation.symbol));
      return;
    case 'kernel-variable':
      slots.setWide(relocation.slot, PseudoLoad.BTF_ID, kernelVariable(context.platform, relocation.symbol), 0);
      return;
    case 'kfunc':
      slots.setCall(relocation.slot, kernelFunction(context.platform, relocation.symbol));
      return;
    case 'parameter':
      slots.setWide64(relocation.slot, parameterValue(relocation.parameter, context));
      return;
    default:
      unreachable(relocation);
  }
}

/** The code as slots that can be changed. Layout: struct bpf_insn. */
class Slots {
  readonly #view: DataView;

  constructor(code: Uint8Array) {
    this.#view = new DataView(code.buffer, code.byteOffset, code.byteLength);
  }

  /** Both immediates of an LD_IMM64 and what they mean. */
  setWide(slot: number, pseudo: number, low: number, high: number): void {
    const at = slot * SLOT_BYTES;
    this.#view.setUint8(at + 1, (this.#view.getUint8(at + 1) & 0x0f) | (pseudo << 4));
    this.#view.setInt32(at + 4, low, true);
    this.#view.setInt32(at + SLOT_BYTES + 4, high, true);
  }

  setWide64(slot: number, value: bigint): void {
    const low = Number(BigInt.asIntN(32, value));
    this.setWide(slot, PseudoLoad.NONE, low, highHalf(value));
  }

  setCall(slot: number, btfId: number): void {
    const at = slot * SLOT_BYTES;
    this.#view.setUint8(at + 1, PseudoCall.KFUNC << 4);
    this.#view.setInt32(at + 4, btfId, true);
  }

  /** Adds to the number that stands in a field of the slot. */
  shift(relocation: Of<'field' | 'tracepoint-field'>, difference: number): void {
    const at = relocation.slot * SLOT_BYTES;
    switch (relocation.into) {
      case 'off': {
        const value = this.#view.getInt16(at + 2, true) + difference;
        if (value < -0x8000 || value > 0x7fff) throw tooFar(relocation, value);
        this.#view.setInt16(at + 2, value, true);
        return;
      }
      case 'imm':
        this.#view.setInt32(at + 4, this.#view.getInt32(at + 4, true) + difference, true);
        return;
      case 'imm64': {
        const high = BigInt(this.#view.getUint32(at + SLOT_BYTES + 4, true));
        const value = ((high << 32n) | BigInt(this.#view.getUint32(at + 4, true))) + BigInt(difference);
        this.#view.setUint32(at + 4, Number(BigInt.asUintN(32, value)), true);
        this.#view.setUint32(at + SLOT_BYTES + 4, highHalf(value) >>> 0, true);
        return;
      }
      default:
        unreachable(relocation.into);
    }
  }
}

function tooFar(relocation: Of<'field' | 'tracepoint-field'>, value: number): TraceError {
  const what = relocation.kind === 'field' ? `${relocation.type}.${relocation.path}` : relocation.field;
  return new TraceError(
    'ERR_RELOCATION',
    `${what} lies at offset ${value} on this kernel, too far for one instruction`,
  );
}

/** The number that BTF knows for a field on this kernel. */
export function fieldNumber(btf: Btf, relocation: Of<'field'>): number {
  const type = findType(btf, relocation.type);
  if (type === undefined) throw missing(`the type '${relocation.type}'`);
  if (relocation.what === 'type-size') return btf.sizeOf(type);
  const member: MemberLocation | undefined = btf.path(type, relocation.path);
  if (!member) throw missing(`the field '${relocation.path}' of '${relocation.type}'`);
  if (relocation.what === 'byte-size') return btf.sizeOf(member.type);
  return Math.floor(member.bitOffset / 8);
}

/** The id of a type by its C name: `struct path`, `union x`, `enum y`, or a typedef or base type. */
export function findType(btf: Btf, name: string): number | undefined {
  const match = /^(struct|union|enum)\s+(\w+)$/.exec(name.trim());
  if (match) return btf.find(match[2]!, match[1] as 'struct' | 'union' | 'enum')?.id;
  return (btf.find(name, 'typedef') ?? btf.find(name, 'int') ?? btf.find(name, 'float'))?.id;
}

function tracepointField(platform: Platform, { tracepoint, field }: Of<'tracepoint-field'>): number {
  const separator = tracepoint.includes(':') ? ':' : '/';
  const [category = '', event = ''] = tracepoint.split(separator);
  const format = platform.tracefs.format(category, event);
  if (!format) throw missing(`the tracepoint '${tracepoint}'`);
  const found = format.fields.find((candidate) => candidate.name === field);
  if (!found) throw missing(`the field '${field}' of the tracepoint '${tracepoint}'`);
  return found.offset;
}

function kernelSymbol(platform: Platform, symbol: string): bigint {
  const address = platform.kernelSymbol(symbol);
  if (address !== undefined) return address;
  throw missing(`the symbol '${symbol}'`, [
    'kernel addresses may be hidden: run as root, or set kernel.kptr_restrict to 1 or less',
  ]);
}

function kernelVariable(platform: Platform, symbol: string): number {
  const variable = platform.btf.find(symbol, 'var');
  if (!variable) throw missing(`the variable '${symbol}'`);
  return variable.id;
}

function kernelFunction(platform: Platform, symbol: string): number {
  const func = platform.btf.find(symbol, 'func');
  if (!func) throw missing(`the kernel function '${symbol}'`);
  return func.id;
}

function missing(what: string, hints: readonly string[] = []): TraceError {
  return new TraceError('ERR_RELOCATION', `this kernel does not have ${what}, which the program uses`, { hints });
}

function parameterValue(parameter: Parameter, context: RelocationContext): bigint {
  const { platform, options, sys } = context;
  switch (parameter) {
    case 'cpu-count':
      return BigInt(platform.possibleCpus.length);
    case 'max-cpu':
      return BigInt(Math.max(...platform.possibleCpus));
    case 'self-pid':
      return BigInt(process.pid);
    case 'child-pid':
      return BigInt(options.childPid ?? 0);
    case 'target-pid':
      return BigInt(options.targetPid ?? 0);
    case 'start-ns':
      return context.startNs;
    case 'pidns-device':
      return kernelDevice(platform.pidNamespace().device);
    case 'pidns-inode':
      return platform.pidNamespace().inode;
    case 'tai-offset-ns':
      return sys.clock('tai') - sys.clock('boot');
    default:
      return unreachable(parameter);
  }
}

/** Device numbers as stat(2) gives them have the minor number in two pieces; inside the kernel it is the low 20 bits. */
function kernelDevice(device: bigint): bigint {
  const major = (device >> 8n) & 0xfffn;
  const minor = (device & 0xffn) | ((device >> 12n) & 0xfff00n);
  return (major << 20n) | minor;
}
