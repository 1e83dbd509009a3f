// The way through the cache in front of a keyed aggregation; src/image/cache.ts tells why it is there and what it holds.

import { CACHE_ENTRIES, CACHE_USED, cacheLayout } from '../../image/index.ts';
import type { Block, Instruction } from '../ir.ts';
import type { ScriptMap } from '../module.ts';
import type { Place, ProgramBuilder } from '../program.ts';
import { type Chunk, chunks } from './memory.ts';

/** 2^64 divided by the golden ratio: its multiples spread over the upper bits. */
const GOLDEN = 0x9e3779b97f4a7c15n;

/** Bits above the index in the hash. */
const INDEX_SHIFT = 64 - Math.log2(CACHE_ENTRIES);

/** A piece of the key in a register. */
type Word = Chunk & { readonly value: Instruction };

/** Runs `change` on the key's entry in the cache of this CPU, or `slow` when the map has no cache or the place is taken. */
export function throughCache(
  p: ProgramBuilder,
  map: ScriptMap,
  key: Place,
  change: (value: Place) => void,
  slow: () => void,
): void {
  const { b } = p;
  const use = p.module.cache(map, b);
  if (!use) {
    slow();
    return;
  }
  const layout = cacheLayout(map.keySize, map.valueSize);
  const blocks = { hit: b.block('hit'), slow: b.block('slow'), done: b.block('done') };
  const look = b.block('cache');
  b.branch('ne', use.enabled, 0, look, blocks.slow);
  b.enter(look);
  const words = chunks(map.keySize, key).map((chunk) => ({
    ...chunk,
    value: b.load(chunk.size, key.base, key.offset + chunk.at),
  }));
  const entry = lookUp(p, use.cache, words);
  find(p, entry, words, blocks);
  b.enter(blocks.hit);
  change({ base: entry, offset: layout.value });
  b.jump(blocks.done);
  b.enter(blocks.slow);
  slow();
  b.jump(blocks.done);
  b.enter(blocks.done);
}

function lookUp(p: ProgramBuilder, cache: Instruction, words: readonly Word[]): Instruction {
  const { b } = p;
  let hash: Instruction | undefined;
  for (const { value } of words) hash = b.binary('mul', hash ? b.binary('xor', hash, value) : value, GOLDEN);
  const index = p.stack(4, 'place');
  b.store(4, index.base, index.offset, b.binary('shr', hash!, INDEX_SHIFT));
  return p.call('map_lookup_elem', cache, p.address(index));
}

/** Goes to `hit` when the entry is that of the key, or has become it, else to `slow`. */
function find(
  p: ProgramBuilder,
  entry: Instruction,
  words: readonly Word[],
  { hit, slow }: { hit: Block; slow: Block },
): void {
  const { b } = p;
  const [present, used, fresh] = [b.block('present'), b.block('used'), b.block('fresh')];
  b.branch('eq', entry, 0, slow, present);
  b.enter(present);
  const state = b.load(8, entry, 0);
  b.branch('eq', state, CACHE_USED, used, fresh);
  b.enter(used);
  let difference: Instruction | undefined;
  for (const { at, size, value } of words) {
    const changed = b.binary('xor', value, b.load(size, entry, 8 + at));
    difference = difference ? b.binary('or', difference, changed) : changed;
  }
  b.branch('eq', difference!, 0, hit, slow);
  b.enter(fresh);
  claim(p, entry, words, state, { hit, slow });
}

/**
 * Takes a free entry. A program that interrupts this one on the same CPU may want it too: only the one that counted first
 * takes it (atomics with results came with Linux 5.12, later than the oldest kernel). An entry that two have counted is lost
 * until the map is cleared.
 */
function claim(
  p: ProgramBuilder,
  entry: Instruction,
  words: readonly Word[],
  state: Instruction,
  { hit, slow }: { hit: Block; slow: Block },
): void {
  const { b } = p;
  const [free, mine] = [b.block('free'), b.block('mine')];
  b.branch('eq', state, 0, free, slow);
  b.enter(free);
  b.atomicAdd(8, entry, 0, 1);
  b.branch('eq', b.load(8, entry, 0), 1, mine, slow);
  b.enter(mine);
  for (const { at, size, value } of words) b.store(size, entry, 8 + at, value);
  b.store(8, entry, 0, CACHE_USED);
  b.jump(hit);
}
