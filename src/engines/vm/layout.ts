// Where things lie in the linear memory: the contract between maps, helpers, the interpreter and the JIT.
//
//   0 .. 4095          null page: never handed out; BPF's NULL is 0
//   4096 ..  4351      control block (Control)
//   8192 .. 16383      stack: 16 frames of 512 bytes, the first at the top
//   20480 ..           what LinearMemory.allocate hands out: descriptors, values, contexts, packets, ring buffers
//
// A pointer in a BPF register is the offset in this memory, zero-extended to 64 bits. The memory ends below 2 GiB, so an address
// is never negative as an i32. All of it is little-endian, everything that is allocated starts at a multiple of 8. The stack is
// zeroed when a run begins and never again in that run.

/** Fixed fields; addresses. */
export const Control = {
  /** u32: the CPU that runs; always below CPU_COUNT. */
  CPU: 4096,
  /** u32: how many CPUs per-CPU maps have. */
  CPU_COUNT: 4100,
  /** u64: where a helper with the result `i64` leaves it. */
  RESULT: 4104,
  /** u32: tail calls made in this run; see TAIL_CALL_LIMIT. */
  TAIL_CALLS: 4112,
  /** u64: `may_goto` jumps not yet made in this run: MAY_GOTO_LIMIT at its beginning. */
  MAY_GOTO: 4120,
  /** i64: what is left of the run's budget; what counts (instructions or back edges) is the runner's choice. */
  FUEL: 4128,
  /** 4 x u32: state of bpf_get_prandom_u32: see Machine.random for the step. */
  RANDOM: 4136,
  /** 64 bytes for whoever needs a place for a moment; nobody may rely on them across a call. */
  SCRATCH: 4160,
} as const;

export const FRAME_BYTES = 512;
/** Frames of one run: 8 up to Linux 6.18, 16 in 7.2 (MAX_CALL_FRAMES); the verifier decides which it allows. */
export const MAX_FRAMES = 16;
export const STACK_BASE = 8192;
/** r10 of the first frame; frame n has STACK_TOP - n * FRAME_BYTES. */
export const STACK_TOP = STACK_BASE + MAX_FRAMES * FRAME_BYTES;
export const HEAP_BASE = 20480;

/** MAX_TAIL_CALL_CNT: so many tail calls succeed in one run, the next falls through. */
export const TAIL_CALL_LIMIT = 33;
/** BPF_MAX_LOOPS: most iterations of bpf_loop (-E2BIG above), and of may_goto. */
export const MAX_LOOPS = 8 * 1024 * 1024;
export const MAY_GOTO_LIMIT = BigInt(MAX_LOOPS);

/**
 * A map's descriptor: offsets of u32 fields from the address that a program has as its pointer to the map (LD_IMM64 of a
 * map, or a look-up in a map of maps). Constant while the map lives, except where "varies" is said.
 *
 * Arrays (`array`, `percpu_array`; also `prog_array`, `array_of_maps`, `perf_event_array`, whose values are u32):
 *   address of element i's value on CPU c = VALUES + i * ELEMENT_SIZE + c * STRIDE. The key is a u32 at the key's address;
 *   i >= MAX_ENTRIES gives NULL. (c is 0 and ELEMENT_SIZE is STRIDE unless the kind is per-CPU.)
 *   prog_array: value is 1 + index in Machine.programs, 0 when empty. array_of_maps, hash_of_maps: value is the address of
 *   the inner map's descriptor, 0 when empty, and is what the look-up returns to the program.
 *
 * Hash tables (`hash`, `percpu_hash`, `lru_hash`, `lru_percpu_hash`, `hash_of_maps`):
 *   BUCKETS: u32 heads[BUCKET_MASK + 1], each the address of the first entry or 0; bucket = hashOf(key) & BUCKET_MASK.
 *   An entry: u32 next (address or 0) at 0; u32 hash at 4; LRU kinds only: u32 previous at 8, u32 next in LRU order at 12,
 *   u32 referenced at 16 (a look-up by a program sets it to 1); the key at KEY_OFFSET; the value at VALUE_OFFSET, on CPU c at
 *   VALUE_OFFSET + c * STRIDE. ENTRY_SIZE bytes in all.
 *   Look-up: compare hash, then key. Insert: COUNT (varies) >= MAX_ENTRIES is -E2BIG (LRU: evict); take an entry from FREE
 *   (varies; linked through `next`), else from BUMP (varies) while BUMP + ENTRY_SIZE <= BUMP_END (varies), else call
 *   HashTable.moreEntries(); link at the head of its bucket. Replacing links a new entry and frees the old one, so a program
 *   that holds a pointer to the old value still sees it, as in the kernel; per-CPU kinds write the present CPU's value in
 *   place. New per-CPU entries written by a program have zeroes on the other CPUs.
 *
 * hashOf(key), words little-endian, a rest of 1 to 3 bytes zero-extended to a last word:
 *   h = KEY_SIZE; for each word w: h = imul(rotl(h, 5) ^ w, 0x9e3779b1); then h ^= h >>> 15; h = imul(h, 0x85ebca6b); h ^= h >>> 13.
 *
 * Ring buffer (`ringbuf`): DATA is 2 * MAX_ENTRIES bytes, so that no record is torn: a record of position p starts at
 *   DATA + (p & (MAX_ENTRIES - 1)). PRODUCER, CONSUMER and PENDING (vary) are u64 positions. A record: u32 length with BUSY
 *   0x80000000 and DISCARD 0x40000000, u32 pad (distance in bytes from DATA to the record's header; kernel: page offset), payload; the whole
 *   rounded up to 8. reserve(size): len = (size + 8 + 7) & ~7; NULL when len > MAX_ENTRIES, or producer + len - consumer >
 *   MAX_ENTRIES - 1, or producer + len - pending > MAX_ENTRIES - 1 (pending first moves over records that are not busy).
 */
export const MapField = {
  /** Index in Machine.maps. */
  INDEX: 0,
  /** The kernel's number of the kind. */
  KIND: 4,
  KEY_SIZE: 8,
  VALUE_SIZE: 12,
  MAX_ENTRIES: 16,
  FLAGS: 20,
  /** Bytes from one CPU's value to the next: VALUE_SIZE rounded up to 8. */
  STRIDE: 24,
  ELEMENT_SIZE: 28,
  VALUES: 32,
  /** Elements in the map now; varies. Hash kinds, LPM trie, queue and stack. */
  COUNT: 36,
  BUCKETS: 40,
  BUCKET_MASK: 44,
  KEY_OFFSET: 48,
  VALUE_OFFSET: 52,
  ENTRY_SIZE: 56,
  FREE: 60,
  BUMP: 64,
  BUMP_END: 68,
  /** Address of the LRU list's sentinel, an entry without a key: its `next in LRU order` is the newest. */
  LRU: 72,
  DATA: 76,
  PRODUCER: 80,
  CONSUMER: 88,
  PENDING: 96,
} as const;

export const DESCRIPTOR_BYTES = 128;

/** Offsets in an entry of a hash table. */
export const EntryField = { NEXT: 0, HASH: 4, LRU_PREVIOUS: 8, LRU_NEXT: 12, REFERENCED: 16 } as const;

export function roundUp8(size: number): number {
  return Math.ceil(size / 8) * 8;
}
