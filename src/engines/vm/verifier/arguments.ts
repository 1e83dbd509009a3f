// Arguments of helpers against their prototypes (check_func_arg() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { Argument, ArgumentKind, Helper, Prototype } from '../../../isa/index.ts';
import { constantKey } from './constant-key.ts';
import { checkDynptrArgument } from './dynptr-arguments.ts';
import { type Environment, leaksPointer } from './environment.ts';
import { checkMapBounds, checkMapDirection } from './map-access.ts';
import { isSocketMap } from './map-compatibility.ts';
import { checkUnmoved } from './memory.ts';
import { markPrecise } from './precision.ts';
import { checkPacket, checkRegion } from './regions.ts';
import { baseOf, Flag, isNull, isPacketPointer, type Register, Type, typeName } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { checkInitialized, MAX_VARIABLE_OFFSET } from './stack.ts';
import type { Frame } from './state.ts';
import { addBits, constantBits, isAlignedBits } from './tnum.ts';
import { toNumber } from './word.ts';

/** What the arguments of one call were found to be. */
export interface CallArguments {
  readonly helper: Helper;
  readonly prototype: Prototype;
  /** Index of the map, or -1. */
  map: number;
  mapUid: number;
  /** The key that a look-up surely has, or -1. */
  constantKey: number;
  /** The reference that an argument holds. */
  reference: number;
  /** Number of the register whose reference is given up, or 0. */
  released: number;
  /** The most bytes that a size argument asks for. */
  sizeMax: number;
  /** A constant size of memory to be returned. */
  memory: number;
  /** Number of the subprogram that is called back, or -1. */
  callback: number;
  /** Stack that the helper fills. */
  readonly fills: { readonly frame: Frame; readonly from: number; readonly to: number }[];
  /** Stack slot and frame of a dynptr that the helper makes or ends. */
  dynptr: { readonly frame: Frame; readonly slot: number; readonly kind: string } | undefined;
  /** Id of the dynptr that is read. */
  dynptrId: number;
  dynptrReference: number;
}

export function newArguments(helper: Helper, prototype: Prototype): CallArguments {
  return {
    helper,
    prototype,
    map: -1,
    mapUid: 0,
    constantKey: -1,
    reference: 0,
    released: 0,
    sizeMax: 0,
    memory: 0,
    callback: -1,
    fills: [],
    dynptr: undefined,
    dynptrId: 0,
    dynptrReference: 0,
  };
}

const memoryTypes: readonly number[] = [
  Type.STACK,
  Type.PACKET,
  Type.PACKET_META,
  Type.MAP_KEY,
  Type.MAP_VALUE,
  Type.MEM,
  Type.MEM | Flag.RINGBUF,
  Type.BUF,
  Type.BTF_ID | Flag.TRUSTED,
];

const sizeTypes: readonly number[] = [Type.SCALAR];

/** The register types that an argument accepts, in the order in which messages list them. */
const accepted: Readonly<Record<ArgumentKind, readonly number[]>> = {
  ANYTHING: [],
  SCALAR: sizeTypes,
  CONST_SIZE: sizeTypes,
  CONST_SIZE_OR_ZERO: sizeTypes,
  CONST_ALLOC_SIZE_OR_ZERO: sizeTypes,
  CONST_MAP_PTR: [Type.MAP],
  PTR_TO_MAP_KEY: memoryTypes,
  PTR_TO_MAP_VALUE: memoryTypes,
  PTR_TO_MEM: memoryTypes,
  PTR_TO_CTX: [Type.CTX],
  PTR_TO_STACK: [Type.STACK],
  PTR_TO_FUNC: [Type.FUNC],
  PTR_TO_CONST_STR: [Type.MAP_VALUE],
  PTR_TO_BTF_ID: [Type.BTF_ID, Type.BTF_ID | Flag.TRUSTED, Type.BTF_ID | Flag.RCU],
  PTR_TO_BTF_ID_SOCK_COMMON: [
    Type.SOCK_COMMON,
    Type.SOCKET,
    Type.TCP_SOCK,
    Type.XDP_SOCK,
    Type.BTF_ID,
    Type.BTF_ID | Flag.TRUSTED,
  ],
  PTR_TO_PERCPU_BTF_ID: [
    Type.BTF_ID | Flag.PERCPU,
    Type.BTF_ID | Flag.PERCPU | Flag.RCU,
    Type.BTF_ID | Flag.PERCPU | Flag.TRUSTED,
  ],
  PTR_TO_SOCK_COMMON: [Type.SOCK_COMMON, Type.SOCKET, Type.TCP_SOCK, Type.XDP_SOCK],
  PTR_TO_SOCKET: [Type.SOCKET],
  PTR_TO_SPIN_LOCK: [Type.MAP_VALUE],
  PTR_TO_TIMER: [Type.MAP_VALUE],
  PTR_TO_RINGBUF_MEM: [Type.MEM | Flag.RINGBUF],
  PTR_TO_DYNPTR: [Type.STACK, Type.DYNPTR],
  KPTR_XCHG_DEST: [Type.MAP_VALUE],
};

/** Checks the argument in register `1 + n`. */
export function checkArgument(env: Environment, n: number, call: CallArguments): void {
  const number = n + 1;
  const argument = call.prototype.args[n]!;
  const register = env.readable(number);
  if (argument.kind === 'ANYTHING') {
    if (leaksPointer(env, register)) {
      reject(Errno.EACCES, `R${number} leaks addr into helper function`, number);
    }
    return;
  }
  if (isPacketPointer(register.type) && !(env.rules.packetRead && call.prototype.packetAccess)) {
    reject(Errno.EACCES, 'helper access to the packet is not allowed', number);
  }
  const expected = resolved(env, argument, call);
  if (!(isNull(register) && expected.nullable)) {
    checkType(number, register, expected);
    checkOffset(register, number, expected);
  }
  if (expected.releases) noteRelease(register, number, expected, call);
  if (register.reference !== 0) call.reference = register.reference;
  checkByKind(env, n, register, expected, call);
}

/** Values of socket maps are sockets (resolve_map_arg_type()). */
function resolved(env: Environment, argument: Argument, call: CallArguments): Argument {
  if (argument.kind !== 'PTR_TO_MAP_VALUE' || call.map < 0) return argument;
  const { kind } = env.maps[call.map]!;
  if (isSocketMap(kind)) {
    if (argument.nullable || argument.uninitialized) reject(Errno.EINVAL, 'invalid arg_type for sockmap/sockhash');
    return { kind: 'PTR_TO_BTF_ID_SOCK_COMMON' };
  }
  return argument;
}

function checkType(number: number, register: Register, argument: Argument): void {
  let { type } = register;
  if (argument.readOnly) type &= ~Flag.RDONLY;
  // What only reads accepts memory that may only be read; keys are read.
  if (argument.nullable) type &= ~Flag.MAYBE_NULL;
  const types = accepted[argument.kind];
  if (!types.includes(type)) {
    const list = types.map(typeName).join(', ');
    reject(Errno.EACCES, `R${number} type=${typeName(register.type)} expected=${list}`, number);
  }
  if (baseOf(type) !== Type.BTF_ID || argument.kind !== 'PTR_TO_BTF_ID' || argument.struct === undefined) return;
  if (register.struct !== argument.struct) {
    const text = `R${number} is of type ${register.struct} but ${argument.struct} is expected`;
    reject(Errno.EACCES, text, number);
  }
}

function checkOffset(register: Register, number: number, argument: Argument): void {
  if (argument.releases && argument.kind !== 'PTR_TO_DYNPTR') {
    if (register.off !== 0) {
      const text = `R${number} must have zero offset when passed to release func or trusted arg to kfunc`;
      reject(Errno.EINVAL, text, number);
    }
    checkUnmoved(register, number);
    return;
  }
  switch (baseOf(register.type)) {
    case Type.STACK:
    case Type.PACKET:
    case Type.PACKET_META:
    case Type.MAP_KEY:
    case Type.MAP_VALUE:
    case Type.MEM:
    case Type.BUF:
    case Type.SCALAR:
    case Type.BTF_ID:
      return;
    default:
      checkUnmoved(register, number);
  }
}

function noteRelease(register: Register, number: number, argument: Argument, call: CallArguments): void {
  if (argument.kind !== 'PTR_TO_DYNPTR' && register.reference === 0 && !isNull(register)) {
    reject(Errno.EINVAL, `R${number} must be referenced when passed to release function`, number);
  }
  call.released = number;
}

function checkByKind(env: Environment, n: number, register: Register, argument: Argument, call: CallArguments): void {
  const number = n + 1;
  switch (argument.kind) {
    case 'CONST_MAP_PTR':
      noteMap(env, register, call);
      return;
    case 'PTR_TO_MAP_KEY':
      checkKey(env, number, register, call);
      return;
    case 'PTR_TO_MAP_VALUE':
      if (isNull(register) && argument.nullable) return;
      if (call.map < 0) reject(Errno.EACCES, 'invalid map_ptr to access map->value', number);
      checkMemory(env, number, env.maps[call.map]!.valueSize, false, accessOf(argument, call, true));
      return;
    case 'PTR_TO_MEM':
      if (argument.size !== undefined) checkFixed(env, number, register, argument, call);
      return;
    case 'CONST_SIZE':
    case 'CONST_SIZE_OR_ZERO':
      checkSize(env, n, register, argument.kind === 'CONST_SIZE_OR_ZERO', call);
      return;
    case 'CONST_ALLOC_SIZE_OR_ZERO':
      if (!register.value.isConstant) reject(Errno.EACCES, `R${number} is not a known constant'`, number);
      call.memory = toNumber(register.value.bits.vh, register.value.bits.vl);
      markPrecise(env, number);
      return;
    case 'PTR_TO_FUNC':
      call.callback = register.extent;
      return;
    case 'PTR_TO_CONST_STR':
      checkConstantString(env, number, register);
      return;
    case 'PTR_TO_SPIN_LOCK':
      checkSpecial(env, number, register, 'spin_lock');
      return;
    case 'PTR_TO_TIMER':
      checkSpecial(env, number, register, 'timer');
      call.map = register.map;
      call.mapUid = register.uid;
      return;
    case 'PTR_TO_DYNPTR':
      checkDynptrArgument(env, number, register, argument, call);
      return;
    case 'KPTR_XCHG_DEST':
      reject(Errno.EINVAL, `R${number} has no valid kptr`, number);
  }
}

function noteMap(env: Environment, register: Register, call: CallArguments): void {
  if (call.map >= 0 && (call.map !== register.map || call.mapUid !== register.uid)) {
    const text = `timer pointer in R1 map_uid=${call.mapUid} doesn't match map pointer in R2 map_uid=${register.uid}`;
    reject(Errno.EINVAL, text);
  }
  call.map = register.map;
  call.mapUid = register.uid;
  if (!env.maps[register.map]) reject(Errno.EINVAL, 'kernel subsystem misconfigured verifier');
}

function checkKey(env: Environment, number: number, register: Register, call: CallArguments): void {
  if (call.map < 0) reject(Errno.EACCES, 'invalid map_ptr to access map->key', number);
  const { kind, keySize } = env.maps[call.map]!;
  checkMemory(env, number, keySize, false, { write: false });
  if (kind === 'array' || kind === 'percpu_array') call.constantKey = constantKey(env, register, keySize);
}

interface MemoryUse {
  readonly write: boolean;
  /** Where to note stack that the helper fills without reading it. */
  readonly fills?: CallArguments['fills'] | undefined;
}

function accessOf(argument: Argument, call: CallArguments, constantSize: boolean): MemoryUse {
  const write = argument.writes === true;
  return argument.uninitialized && constantSize ? { write, fills: call.fills } : { write };
}

function checkFixed(
  env: Environment,
  number: number,
  register: Register,
  argument: Argument,
  call: CallArguments,
): void {
  const size = argument.size!;
  checkMemory(env, number, size, false, accessOf(argument, call, true));
  if (!argument.aligned) return;
  const bits = addBits(register.value.bits, constantBits(register.off >> 31, register.off));
  if (!isAlignedBits(bits, size)) {
    reject(Errno.EACCES, `misaligned access off ${register.off} size ${size}`, number);
  }
}

function checkSize(env: Environment, n: number, size: Register, zeroAllowed: boolean, call: CallArguments): void {
  const number = n + 1;
  const { value } = size;
  const memory = call.prototype.args[n - 1];
  if (value.sminH < 0) {
    reject(Errno.EACCES, `R${number} min value is negative, either use unsigned or 'var &= const'`, number);
  }
  if ((value.uminH | value.uminL) === 0 && !zeroAllowed) {
    const text = `R${number} invalid zero-sized read: u64=[${value.umin},${BigInt.asIntN(64, value.umax)}]`;
    reject(Errno.EACCES, text, number);
  }
  if (value.umaxH !== 0 || value.umaxL >>> 0 >= MAX_VARIABLE_OFFSET) {
    const text = `R${number} unbounded memory access, use 'var &= const' or 'if (var < const)'`;
    reject(Errno.EACCES, text, number);
  }
  call.sizeMax = value.umaxL;
  const use = memory ? accessOf(memory, call, value.isConstant) : { write: false };
  checkMemory(env, number - 1, value.umaxL, zeroAllowed, use);
  markPrecise(env, number);
}

/** Memory that a helper reads or writes (check_helper_mem_access()). */
export function checkMemory(
  env: Environment,
  number: number,
  size: number,
  zeroAllowed: boolean,
  { write, fills }: MemoryUse,
): void {
  const register = env.registers[number]!;
  const { type, off } = register;
  const cannotWrite = `R${number} cannot write into ${typeName(type)}`;
  switch (type & Flag.MAYBE_NULL ? Type.SCALAR : baseOf(type)) {
    case Type.PACKET:
    case Type.PACKET_META:
      checkPacket(env, number, off, size, zeroAllowed);
      return;
    case Type.MAP_KEY:
      if (write) reject(Errno.EACCES, cannotWrite, number);
      checkRegion(env, number, off, size, env.maps[register.map]!.keySize, false);
      return;
    case Type.MAP_VALUE:
      checkMapDirection(env, register.map, off, size, write ? 'write' : 'read');
      checkMapBounds(env, number, off, size, zeroAllowed, 'helper');
      return;
    case Type.MEM:
      if (write && type & Flag.RDONLY) reject(Errno.EACCES, cannotWrite, number);
      checkRegion(env, number, off, size, register.extent, zeroAllowed);
      return;
    case Type.STACK: {
      const access = { zeroSize: zeroAllowed, write };
      if (!fills) {
        checkInitialized(env, number, off, size, access);
        return;
      }
      const uninitialized = (frame: Frame, from: number, to: number): void => {
        fills.push({ frame, from, to });
      };
      checkInitialized(env, number, off, size, { ...access, uninitialized });
      return;
    }
  }
  if (zeroAllowed && size === 0 && isNull(register)) return;
  reject(Errno.EACCES, `R${number} type=${typeName(type)} expected=fp`, number);
}

/** A format or a string to compare with must be in a map that nobody can change any more. */
function checkConstantString(env: Environment, number: number, register: Register): void {
  const map = env.maps[register.map]!;
  const readOnly = ((map.flags ?? 0) & 0x80) !== 0 && map.frozen === true;
  if (!readOnly) reject(Errno.EACCES, `R${number} does not point to a readonly map'`, number);
  if (!register.value.isConstant) reject(Errno.EACCES, `R${number} is not a constant address'`, number);
  if (map.kind !== 'array') reject(Errno.EACCES, 'no direct value access support for this map type', number);
  checkMapBounds(env, number, register.off, map.valueSize - register.off, false, 'helper');
}

/** The argument must point to the field of that kind in a map value. */
function checkSpecial(env: Environment, number: number, register: Register, kind: 'spin_lock' | 'timer'): void {
  const map = env.maps[register.map]!;
  if (!register.value.isConstant) {
    const text = `R${number} doesn't have constant offset. bpf_${kind} has to be at the constant offset`;
    reject(Errno.EINVAL, text, number);
  }
  if (!map.special) reject(Errno.EINVAL, `map '' has to have BTF in order to use bpf_${kind}`, number);
  const field = map.special.find((special) => special.kind === kind);
  if (!field) reject(Errno.EINVAL, `map '' has no valid bpf_${kind}`, number);
  const off = register.off + register.value.bits.vl;
  if (field.offset !== off) {
    reject(Errno.EINVAL, `off ${off} doesn't point to 'struct bpf_${kind}' that is at ${field.offset}`, number);
  }
}
