// Random bytes to run random programs on: packets, contexts, contents of maps. Numbers lean to the edges, where programs decide.

import type { Machine } from '../machine.ts';
import type { MapShape } from '../verifier/input.ts';
import type { Random } from '../verifier/testing/random.ts';

export interface RandomInput {
  readonly data?: Uint8Array;
  readonly context?: Uint8Array;
  readonly entries: readonly { readonly map: number; readonly key: Uint8Array; readonly value: Uint8Array }[];
}

const EDGES = [
  0n,
  1n,
  2n,
  7n,
  8n,
  63n,
  64n,
  0x7fn,
  0xffn,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 63n,
  (1n << 64n) - 1n,
];

function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += 8) {
    const word = random.chance(60)
      ? random.pick(EDGES)
      : (BigInt(random.next() >>> 0) << 32n) | BigInt(random.next() >>> 0);
    for (let byte = 0; byte < 8 && at + byte < length; byte++)
      bytes[at + byte] = Number((word >> BigInt(8 * byte)) & 0xffn);
  }
  return bytes;
}

/** A frame that the kernel's test run takes: as long as its Ethernet type wants it. */
function randomPacket(random: Random): Uint8Array {
  const length = random.pick([14, 15, 18, 22, 28, 34, 42, 54, 64, 78, 100, 300, 1514]);
  const packet = randomBytes(random, length);
  const type = length >= 54 ? random.pick([0x0800, 0x86dd, 0x0806, 0x88a8]) : 0x0806;
  packet[12] = type >> 8;
  packet[13] = type & 0xff;
  return packet;
}

/** struct __sk_buff with the fields that may be given: mark, priority, cb. */
function randomSkb(random: Random): Uint8Array {
  const context = new Uint8Array(192);
  for (const [at, length] of [
    [8, 4],
    [32, 4],
    [48, 20],
  ] as const) {
    context.set(randomBytes(random, length), at);
  }
  return context;
}

const RECORDS: Readonly<Record<string, number>> = {
  kprobe: 168,
  perf_event: 184,
  raw_tracepoint: 96,
  // PERF_MAX_TRACE_SIZE: the verifier knows no smaller limit, it is checked when the program is attached.
  tracepoint: 8192,
};

export function randomInput(random: Random, kind: string, maps: readonly MapShape[]): RandomInput {
  const entries = maps.flatMap(({ kind: mapKind, keySize, valueSize, maxEntries }, map) => {
    if (mapKind !== 'array' && mapKind !== 'hash') return [];
    const keys = Array.from({ length: Math.min(maxEntries, 4) }, (_, key) => key);
    return keys.map((number) => {
      const key = new Uint8Array(keySize);
      key[0] = number;
      return { map, key, value: randomBytes(random, valueSize) };
    });
  });
  const size = RECORDS[kind];
  if (size !== undefined) return { context: randomBytes(random, size), entries };
  if (kind === 'xdp') return { data: randomPacket(random), entries };
  return { data: randomPacket(random), context: randomSkb(random), entries };
}

/** Makes the maps of a program with their contents. */
export function makeMaps(machine: Machine, maps: readonly MapShape[], entries: RandomInput['entries']): void {
  for (const { kind, keySize, valueSize, maxEntries, flags = 0 } of maps) {
    machine.createMap({ kind, keySize, valueSize, maxEntries, flags });
  }
  for (const { map, key, value } of entries) machine.map(map).write(key, value);
}
