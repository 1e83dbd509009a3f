// Loads and stores: what each kind of pointer allows (check_mem_access() of kernel/bpf/verifier.c, as of Linux 6.18).

import { type Environment, leaksPointer } from './environment.ts';
import { checkMapBounds, checkMapDirection } from './map-access.ts';
import { checkPacket, checkRegion } from './regions.ts';
import {
  baseOf,
  Flag,
  isPacketPointer,
  pointer,
  type Register,
  scalar,
  Type,
  typeName,
  UNKNOWN_SCALAR,
} from './register.ts';
import { Errno, reject } from './rejection.ts';
import { truncated, UNKNOWN, unknownOfSize } from './scalar.ts';
import { signExtended64 } from './scalar-alu.ts';
import { checkSocketAccess } from './socket-access.ts';
import { checkStackReadable, readStack, type Stored, writeStack } from './stack.ts';
import { addBits, constantBits, formatBits, isAlignedBits } from './tnum.ts';

/** One access of an instruction. */
export interface Access {
  /** Number of the register with the address. */
  readonly number: number;
  readonly off: number;
  readonly size: number;
  readonly signExtends?: boolean;
  /** Alignment is checked whatever the program asked for: atomics. */
  readonly aligned?: boolean;
}

/** What a load leaves in its register. */
export function checkLoad(env: Environment, access: Access): Register {
  const { number, size } = access;
  checkAlignment(env, access);
  const loaded = load(env, access);
  if (env.input.collect === 'facts') noteAccess(env, number);
  if (size === 8 || loaded.type !== Type.SCALAR) return loaded;
  if (access.signExtends) return extendedLoad(loaded, size);
  if (loaded === UNKNOWN_SCALAR) return unknownLoads[size]!;
  return loaded.withValue(truncated(loaded.value, size));
}

const unknownLoads: Readonly<Record<number, Register>> = {
  1: scalar(unknownOfSize(1)),
  2: scalar(unknownOfSize(2)),
  4: scalar(unknownOfSize(4)),
};

const signedLoads = new Map<number, Register>();

function extendedLoad(loaded: Register, size: number): Register {
  if (loaded !== UNKNOWN_SCALAR) return loaded.withValue(signExtended64(loaded.value, size));
  let result = signedLoads.get(size);
  if (!result) {
    result = scalar(signExtended64(UNKNOWN, size));
    signedLoads.set(size, result);
  }
  return result;
}

function load(env: Environment, { number, off, size, signExtends }: Access): Register {
  const register = env.registers[number]!;
  const at = off + register.off;
  switch (baseOf(register.type)) {
    case Type.STACK:
      return readStack(env, number, at, size);
    case Type.CTX:
      return readContext(env, number, at, size, signExtends === true);
    default:
      checkPlain(env, number, at, size, false);
      return UNKNOWN_SCALAR;
  }
}

/** A store, or the store of an atomic instruction. */
export function checkStore(env: Environment, access: Access, stored: Stored): void {
  const { number, off, size } = access;
  checkAlignment(env, access);
  const register = env.registers[number]!;
  const at = off + register.off;
  if (env.input.collect === 'facts') noteAccess(env, number);
  if (register.type === Type.STACK) {
    writeStack(env, number, at, size, stored);
    return;
  }
  checkLeak(env, register, stored);
  if (register.type === Type.CTX) writeContext(env, number, at, size);
  else checkPlain(env, number, at, size, true);
}

/** The load of an atomic instruction that does not return it. */
export function checkReadable(env: Environment, access: Access): void {
  const register = env.registers[access.number]!;
  if (register.type !== Type.STACK) {
    checkLoad(env, access);
    return;
  }
  checkAlignment(env, access);
  checkStackReadable(env, access.number, access.off + register.off, access.size);
}

const leakTargets: Readonly<Record<number, string>> = {
  [Type.MAP_VALUE]: 'map',
  [Type.MEM]: 'mem',
  [Type.CTX]: 'ctx',
  [Type.PACKET]: 'packet',
  [Type.PACKET_META]: 'packet',
  [Type.FLOW_KEYS]: 'flow keys',
};

function checkLeak(env: Environment, target: Register, stored: Stored): void {
  if (stored.number < 0) return;
  const where = leakTargets[baseOf(target.type)];
  if (where === undefined || target.type & Flag.MAYBE_NULL) return;
  if (baseOf(target.type) === Type.MEM && target.type & Flag.RDONLY) return;
  if (leaksPointer(env, env.registers[stored.number]!)) {
    reject(Errno.EACCES, `R${stored.number} leaks addr into ${where}`, stored.number);
  }
}

/** Memory that holds no registers: the access only has to be allowed. */
function checkPlain(env: Environment, number: number, at: number, size: number, write: boolean): void {
  const register = env.registers[number]!;
  const { type } = register;
  switch (baseOf(type)) {
    case Type.MAP_KEY:
      if (type & Flag.MAYBE_NULL) break;
      if (write) reject(Errno.EACCES, `write to change key R${number} not allowed`, number);
      checkRegion(env, number, at, size, env.maps[register.map]!.keySize, false);
      return;
    case Type.MAP_VALUE:
      if (type & Flag.MAYBE_NULL) break;
      checkMapDirection(env, register.map, at, size, write ? 'write' : 'read');
      checkMapBounds(env, number, at, size, false, 'program');
      return;
    case Type.MEM:
      if (type & Flag.MAYBE_NULL) break;
      if (write && type & Flag.RDONLY) rejectWrite(number, type);
      checkRegion(env, number, at, size, register.extent, false);
      return;
    case Type.PACKET:
    case Type.PACKET_META:
      if (write && !env.rules.packetWrite) reject(Errno.EACCES, 'cannot write into packet', number);
      checkPacket(env, number, at, size, false);
      return;
    case Type.FLOW_KEYS:
      checkFlowKeys(register, number, at, size);
      return;
    case Type.SOCKET:
    case Type.SOCK_COMMON:
    case Type.TCP_SOCK:
    case Type.XDP_SOCK:
      if (type & Flag.MAYBE_NULL) break;
      if (write) rejectWrite(number, type);
      checkSocketAccess(env, number, at, size);
      return;
    case Type.TP_BUFFER:
      checkBuffer(register, number, at, 'tracepoint');
      return;
    case Type.BTF_ID:
      if (type & Flag.MAYBE_NULL) break;
      checkStruct(register, number, at, write);
      return;
    case Type.MAP:
      if (type & Flag.MAYBE_NULL) break;
      checkMapPointer(env, number, at, write);
      return;
  }
  reject(Errno.EACCES, `R${number} invalid mem access '${typeName(type)}'`, number);
}

function rejectWrite(number: number, type: number): never {
  return reject(Errno.EACCES, `R${number} cannot write into ${typeName(type)}`, number);
}

function checkFlowKeys(register: Register, number: number, at: number, size: number): void {
  const FLOW_KEYS_BYTES = 56;
  if (!register.value.isConstant) {
    const bits = formatBits(register.value.bits);
    reject(Errno.EACCES, `R${number} invalid variable offset to flow keys: off=${at}, var_off=${bits}`, number);
  }
  if (at < 0 || at + size > FLOW_KEYS_BYTES) {
    reject(Errno.EACCES, `invalid access to flow keys off=${at} size=${size}`, number);
  }
}

// The size of such a buffer is only known when the program is attached.
function checkBuffer(register: Register, number: number, at: number, name: string): void {
  if (at < 0) reject(Errno.EACCES, `R${number} invalid ${name} buffer access: off=${at}, size=0`, number);
  if (!register.value.isConstant || register.value.bits.vl !== 0) {
    const bits = formatBits(register.value.bits);
    reject(Errno.EACCES, `R${number} invalid variable buffer offset: off=${at}, var_off=${bits}`, number);
  }
}

// What lies at an offset of a kernel struct is in the BTF of one kernel; programs that run elsewhere cannot rely on it, so
// such reads are refused here. bpf_probe_read_kernel() reads them everywhere.
function checkStruct(register: Register, number: number, at: number, write: boolean): void {
  if (write) reject(Errno.EACCES, 'only read is supported', number);
  const name = `R${number} is ptr_${register.struct}`;
  if (!register.value.isConstant || register.value.bits.vl !== 0) {
    reject(
      Errno.EACCES,
      `${name} invalid variable offset: off=${at}, var_off=${formatBits(register.value.bits)}`,
      number,
    );
  }
  if (at < 0) reject(Errno.EACCES, `${name} invalid negative access: off=${at}`, number);
  reject(Errno.EACCES, `${name} access to a kernel struct of unknown layout: off=${at}`, number);
}

function checkMapPointer(env: Environment, number: number, at: number, write: boolean): void {
  const { kind } = env.maps[env.registers[number]!.map]!;
  if (!env.privileged) {
    reject(Errno.EPERM, `'struct bpf_map' access is allowed only to CAP_PERFMON and CAP_SYS_ADMIN`, number);
  }
  if (at < 0) reject(Errno.EACCES, `R${number} is bpf_${kind} invalid negative access: off=${at}`, number);
  if (write) reject(Errno.EACCES, `only read from bpf_${kind} is supported`, number);
  reject(Errno.EACCES, `R${number} is bpf_${kind} access to a kernel struct of unknown layout: off=${at}`, number);
}

/** A context pointer must be what the program was given (check_ptr_off_reg()). */
export function checkUnmoved(register: Register, number: number): void {
  const name = typeName(register.type);
  if (register.off < 0) {
    reject(Errno.EACCES, `negative offset ${name} ptr R${number} off=${register.off} disallowed`, number);
  }
  if (register.off !== 0) {
    reject(Errno.EACCES, `dereference of modified ${name} ptr R${number} off=${register.off} disallowed`, number);
  }
  const { bits } = register.value;
  if ((bits.mh | bits.ml | bits.vh | bits.vl) !== 0) {
    reject(Errno.EACCES, `variable ${name} access var_off=${formatBits(bits)} disallowed`, number);
  }
}

function readContext(env: Environment, number: number, at: number, size: number, signExtends: boolean): Register {
  checkUnmoved(env.registers[number]!, number);
  const type = env.rules.context({ off: at, size, write: false, signExtends }, env.input);
  if (type === undefined) reject(Errno.EACCES, `invalid bpf_context access off=${at} size=${size}`, number);
  if (type === Type.SCALAR) return UNKNOWN_SCALAR;
  return pointer(type, { id: type & Flag.MAYBE_NULL ? env.nextId() : 0 });
}

function writeContext(env: Environment, number: number, at: number, size: number): void {
  checkUnmoved(env.registers[number]!, number);
  if (env.rules.context({ off: at, size, write: true, signExtends: false }, env.input) === undefined) {
    reject(Errno.EACCES, `invalid bpf_context access off=${at} size=${size}`, number);
  }
}

const alignmentNames: Readonly<Record<number, string>> = {
  [Type.FLOW_KEYS]: 'flow keys ',
  [Type.MAP_KEY]: 'key ',
  [Type.MAP_VALUE]: 'value ',
  [Type.CTX]: 'context ',
  [Type.STACK]: 'stack ',
  [Type.SOCKET]: 'sock ',
  [Type.SOCK_COMMON]: 'sock_common ',
  [Type.TCP_SOCK]: 'tcp_sock ',
  [Type.XDP_SOCK]: 'xdp_sock ',
};

/** NET_IP_ALIGN of the platforms that need alignment. */
const PACKET_ALIGNMENT = 2;

function checkAlignment(env: Environment, { number, off, size, aligned }: Access): void {
  const register = env.registers[number]!;
  const strict = env.strictAlignment || aligned === true || register.type === Type.STACK;
  if (!strict || size === 1) return;
  const packet = isPacketPointer(register.type);
  const fixed = register.off + off + (packet ? PACKET_ALIGNMENT : 0);
  if (isAlignedBits(addBits(register.value.bits, constantBits(fixed >> 31, fixed)), size)) return;
  const bits = formatBits(register.value.bits);
  const where = `${bits}+${register.off}+${off} size ${size}`;
  const text = packet
    ? `misaligned packet access off ${PACKET_ALIGNMENT}+${where}`
    : `misaligned ${alignmentNames[register.type] ?? ''}access off ${where}`;
  reject(Errno.EACCES, text, number);
}

function noteAccess(env: Environment, number: number): void {
  const register = env.registers[number]!;
  const fact = env.fact(env.instruction);
  const name = typeName(register.type);
  fact.access = fact.access === undefined || fact.access === name ? name : 'mixed';
  if (baseOf(register.type) !== Type.MAP_VALUE) return;
  if (fact.map === undefined) fact.map = register.map;
  else if (fact.map !== register.map) fact.map = -1;
}
