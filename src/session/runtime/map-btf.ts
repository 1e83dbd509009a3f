// The description of a map's values that the kernel wants where it keeps something of its own in them: locks, timers, and maps
// whose values hang on other objects. Kernel: map_check_btf() in kernel/bpf/syscall.c (5.1).

import { BtfBuilder, type MemberSpec } from '../../btf/index.ts';
import { btfLoad } from '../../engines/kernel/sys/bpf.ts';
import type { Sys } from '../../engines/kernel/sys/sys.ts';
import type { RuntimeMap } from './program.ts';

/** Maps that cannot be made without. */
const STORAGE = /^(?:sk|inode|task|cgrp)_storage$/;

/** include/uapi/linux/bpf.h: struct bpf_spin_lock and struct bpf_timer. */
const SPECIAL = { spin_lock: 4, timer: 16 } as const;

export interface MapBtf {
  readonly fd: number;
  readonly key: number;
  readonly value: number;
}

/** Loads the description of a map that needs one; the caller closes it. */
export function loadMapBtf(sys: Sys, map: RuntimeMap): MapBtf | undefined {
  if (!STORAGE.test(map.kind) && !map.special?.length) return undefined;
  const { bytes, key, value } = describeMap(map);
  return { fd: btfLoad(sys, bytes), key, value };
}

export function describeMap(map: RuntimeMap): {
  readonly bytes: Uint8Array;
  readonly key: number;
  readonly value: number;
} {
  const builder = new BtfBuilder();
  const byte = builder.int('unsigned char', 1);
  const key = map.keySize === 4 ? builder.int('int', 4, 'signed') : builder.array(byte, map.keySize);
  const members: MemberSpec[] = [];
  let at = 0;
  const fill = (end: number): void => {
    if (end > at) members.push({ name: `bytes_${at}`, type: builder.array(byte, end - at), bitOffset: at * 8 });
    at = end;
  };
  for (const { kind, offset } of [...(map.special ?? [])].sort((a, b) => a.offset - b.offset)) {
    fill(offset);
    const size = SPECIAL[kind];
    const word = builder.int(kind === 'timer' ? 'unsigned long long' : 'unsigned int', kind === 'timer' ? 8 : 4);
    const inside = kind === 'timer' ? builder.array(word, 2) : word;
    const type = builder.struct(`bpf_${kind}`, size, [{ name: 'opaque', type: inside, bitOffset: 0 }]);
    members.push({ name: kind, type, bitOffset: offset * 8 });
    at = offset + size;
  }
  fill(map.valueSize);
  return { key, value: builder.struct('value', map.valueSize, members), bytes: builder.finish() };
}
