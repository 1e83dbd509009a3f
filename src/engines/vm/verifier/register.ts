// What a register or a spilled stack slot holds: a number or a pointer, and what is known of it.
// Types and flags: enum bpf_reg_type and enum bpf_type_flag of include/linux/bpf.h.

import { constant32, type Scalar, UNKNOWN, ZERO } from './scalar.ts';

/** The base type of a register, in the low eight bits of `type`. */
export const Type = {
  NOT_INIT: 0,
  SCALAR: 1,
  CTX: 2,
  MAP: 3,
  MAP_VALUE: 4,
  MAP_KEY: 5,
  STACK: 6,
  PACKET_META: 7,
  PACKET: 8,
  PACKET_END: 9,
  FLOW_KEYS: 10,
  SOCKET: 11,
  SOCK_COMMON: 12,
  TCP_SOCK: 13,
  TP_BUFFER: 14,
  XDP_SOCK: 15,
  BTF_ID: 16,
  MEM: 17,
  BUF: 18,
  FUNC: 19,
  DYNPTR: 20,
} as const;

/** Flags above the base type. */
export const Flag = {
  MAYBE_NULL: 0x100,
  RDONLY: 0x200,
  RINGBUF: 0x400,
  USER: 0x800,
  PERCPU: 0x1000,
  UNTRUSTED: 0x2000,
  TRUSTED: 0x4000,
  RCU: 0x8000,
} as const;

const BASE = 0xff;

const names: Readonly<Record<number, string>> = {
  [Type.NOT_INIT]: '?',
  [Type.SCALAR]: 'scalar',
  [Type.CTX]: 'ctx',
  [Type.MAP]: 'map_ptr',
  [Type.MAP_VALUE]: 'map_value',
  [Type.MAP_KEY]: 'map_key',
  [Type.STACK]: 'fp',
  [Type.PACKET_META]: 'pkt_meta',
  [Type.PACKET]: 'pkt',
  [Type.PACKET_END]: 'pkt_end',
  [Type.FLOW_KEYS]: 'flow_keys',
  [Type.SOCKET]: 'sock',
  [Type.SOCK_COMMON]: 'sock_common',
  [Type.TCP_SOCK]: 'tcp_sock',
  [Type.TP_BUFFER]: 'tp_buffer',
  [Type.XDP_SOCK]: 'xdp_sock',
  [Type.BTF_ID]: 'ptr_',
  [Type.MEM]: 'mem',
  [Type.BUF]: 'buf',
  [Type.FUNC]: 'func',
  [Type.DYNPTR]: 'dynptr_ptr',
};

const prefixes: readonly (readonly [flag: number, text: string])[] = [
  [Flag.RDONLY, 'rdonly_'],
  [Flag.RINGBUF, 'ringbuf_'],
  [Flag.USER, 'user_'],
  [Flag.PERCPU, 'percpu_'],
  [Flag.UNTRUSTED, 'untrusted_'],
  [Flag.TRUSTED, 'trusted_'],
  [Flag.RCU, 'rcu_'],
];

/** The base of a type without its flags. */
export function baseOf(type: number): number {
  return type & BASE;
}

/** A type as the kernel's messages name it. */
export function typeName(type: number): string {
  const prefix = prefixes.map(([flag, text]) => (type & flag ? text : '')).join('');
  const postfix = type & Flag.MAYBE_NULL ? (baseOf(type) === Type.BTF_ID ? 'or_null_' : '_or_null') : '';
  return prefix + names[baseOf(type)] + postfix;
}

/** What a register holds. Immutable: a change is a new object, so states share registers. */
export class Register {
  readonly type: number;
  /** The value of a number; the variable part of a pointer's offset. */
  readonly value: Scalar;
  /** The fixed part of a pointer's offset; for a number with ADD_CONST in its id, its distance from the others of that id. */
  readonly off: number;
  /** Registers of one id are equal (numbers), or come from one check (pointers). */
  readonly id: number;
  /** The reference that the pointer holds, or 0. */
  readonly reference: number;
  /** Index of the map, or -1. */
  readonly map: number;
  /** Bytes of memory; bytes of packet that were checked; number of the frame or subprogram. */
  readonly extent: number;
  /** Distinguishes values of maps in maps that came from different look-ups. */
  readonly uid: number;
  /** Name of the kernel struct pointed to, or of the kind of a dynptr. */
  readonly struct: string;

  constructor(
    type: number,
    value: Scalar,
    off: number,
    id: number,
    reference: number,
    map: number,
    extent: number,
    uid: number,
    struct: string,
  ) {
    this.type = type;
    this.value = value;
    this.off = off;
    this.id = id;
    this.reference = reference;
    this.map = map;
    this.extent = extent;
    this.uid = uid;
    this.struct = struct;
  }

  withType(type: number): Register {
    return new Register(
      type,
      this.value,
      this.off,
      this.id,
      this.reference,
      this.map,
      this.extent,
      this.uid,
      this.struct,
    );
  }

  withId(id: number, off = this.off): Register {
    return new Register(this.type, this.value, off, id, this.reference, this.map, this.extent, this.uid, this.struct);
  }

  withValue(value: Scalar): Register {
    return new Register(
      this.type,
      value,
      this.off,
      this.id,
      this.reference,
      this.map,
      this.extent,
      this.uid,
      this.struct,
    );
  }

  withExtent(extent: number): Register {
    return new Register(
      this.type,
      this.value,
      this.off,
      this.id,
      this.reference,
      this.map,
      extent,
      this.uid,
      this.struct,
    );
  }

  /** The pointer moved: by a fixed distance, a variable one, or both. */
  moved(off: number, value: Scalar, id = this.id, extent = this.extent): Register {
    return new Register(this.type, value, off, id, this.reference, this.map, extent, this.uid, this.struct);
  }

  /** With the reference and id given. */
  owned(id: number, reference: number): Register {
    return new Register(this.type, this.value, this.off, id, reference, this.map, this.extent, this.uid, this.struct);
  }

  /** The known offset of a pointer without variable part, or the value of a small constant. */
  get fixedOffset(): number {
    return this.off + this.value.bits.vl;
  }
}

/** The id of a number that is a constant away from the others of its id. */
export const ADD_CONST = 0x8000_0000 | 0;

export const UNINITIALIZED = new Register(Type.NOT_INIT, UNKNOWN, 0, 0, 0, -1, 0, 0, '');
export const UNKNOWN_SCALAR = scalar(UNKNOWN);
export const ZERO_SCALAR = scalar(ZERO);

export function scalar(value: Scalar, id = 0): Register {
  return new Register(Type.SCALAR, value, 0, id, 0, -1, 0, 0, '');
}

export function scalarConstant(value: number): Register {
  return scalar(constant32(value));
}

/** A pointer of a type at offset 0. */
export function pointer(type: number, more: PointerFields = {}): Register {
  return new Register(
    type,
    ZERO,
    more.off ?? 0,
    more.id ?? 0,
    more.reference ?? 0,
    more.map ?? -1,
    more.extent ?? 0,
    more.uid ?? 0,
    more.struct ?? '',
  );
}

export interface PointerFields {
  readonly off?: number;
  readonly id?: number;
  readonly reference?: number;
  readonly map?: number;
  readonly extent?: number;
  readonly uid?: number;
  readonly struct?: string;
}

export function isScalar(register: Register): boolean {
  return register.type === Type.SCALAR;
}

/** Whether it is the constant 0: what stands for NULL. */
export function isNull(register: Register): boolean {
  const { bits } = register.value;
  return register.type === Type.SCALAR && (bits.vh | bits.vl | bits.mh | bits.ml) === 0;
}

export function isConstantScalar(register: Register): boolean {
  return register.type === Type.SCALAR && register.value.isConstant;
}

export function isPacketPointer(type: number): boolean {
  return type === Type.PACKET || type === Type.PACKET_META;
}
