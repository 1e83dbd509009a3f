// Access to values of maps.

import type { Environment } from './environment.ts';
import type { MapShape } from './input.ts';
import { checkRegion } from './regions.ts';
import { Errno, reject } from './rejection.ts';
import { toNumber } from './word.ts';

/** BPF_F_RDONLY_PROG and BPF_F_WRONLY_PROG (5.2). */
export const MapFlag = { RDONLY_PROG: 0x80, WRONLY_PROG: 0x100 } as const;

/** The flags that count: what maps of devices hold is always read-only. */
export function flagsOf({ kind, flags = 0 }: MapShape): number {
  return kind === 'devmap' || kind === 'devmap_hash' ? flags | MapFlag.RDONLY_PROG : flags;
}

const fieldBytes = { spin_lock: 4, timer: 16 } as const;

/** Checks that a map may be read or written by programs at all. */
export function checkMapDirection(
  env: Environment,
  map: number,
  off: number,
  size: number,
  direction: 'read' | 'write',
): void {
  const { valueSize } = env.maps[map]!;
  const flags = flagsOf(env.maps[map]!);
  const where = `value_size=${valueSize} off=${off} size=${size}`;
  if (direction === 'write' && flags & MapFlag.RDONLY_PROG) reject(Errno.EACCES, `write into map forbidden, ${where}`);
  if (direction === 'read' && flags & MapFlag.WRONLY_PROG) reject(Errno.EACCES, `read from map forbidden, ${where}`);
}

/** Checks that an access stays inside the value and away from what the kernel keeps there (check_map_access()). */
export function checkMapBounds(
  env: Environment,
  number: number,
  off: number,
  size: number,
  zeroSize: boolean,
  _by: 'program' | 'helper',
): void {
  const register = env.registers[number]!;
  const map = env.maps[register.map]!;
  checkRegion(env, number, off, size, map.valueSize, zeroSize);
  for (const field of map.special ?? []) {
    const from = off + toNumber(register.value.sminH, register.value.sminL);
    const to = off + register.value.umaxL + size;
    if (from < field.offset + fieldBytes[field.kind] && field.offset < to) {
      reject(Errno.EACCES, `bpf_${field.kind} cannot be accessed directly by load/store`, number);
    }
  }
}
