// Helpers on maps. Kernel: kernel/bpf/helpers.c.

import { EINVAL, EOPNOTSUPP } from '../errno.ts';
import type { Machine } from '../machine.ts';
import { NOEXIST, type VmMap } from '../maps/map.ts';
import { AccessFault } from '../trap.ts';
import type { CallbackHelper, CallbackIteration, VmHelper } from './helper.ts';

/** The map that an argument points to. */
export function mapArgument(machine: Machine, address: number): VmMap {
  const map = machine.mapAt(address);
  if (!map) throw new AccessFault(`there is no map at 0x${(address >>> 0).toString(16)}`);
  return map;
}

/** Updates of flags that do not even fit into 32 bits are as wrong as others that do not exist. */
function flagsOf(low: number, high: number): number {
  return high === 0 ? low : -1;
}

export const mapLookupElem: VmHelper = {
  name: 'map_lookup_elem',
  parameters: ['pointer', 'pointer'],
  result: 'pointer',
  call: (machine, map, key) => mapArgument(machine, map).lookup(key),
};

export const mapUpdateElem: VmHelper = {
  name: 'map_update_elem',
  parameters: ['pointer', 'pointer', 'pointer', 'i64'],
  result: 'i32',
  call: (machine, map, key, value, low, high) => mapArgument(machine, map).update(key!, value!, flagsOf(low!, high!)),
};

export const mapDeleteElem: VmHelper = {
  name: 'map_delete_elem',
  parameters: ['pointer', 'pointer'],
  result: 'i32',
  call: (machine, map, key) => mapArgument(machine, map).delete(key),
};

export const mapPushElem: VmHelper = {
  name: 'map_push_elem',
  parameters: ['pointer', 'pointer', 'i64'],
  result: 'i32',
  call: (machine, map, value, low, high) => mapArgument(machine, map).push(value, high === 0 ? low : NOEXIST),
};

export const mapPopElem: VmHelper = {
  name: 'map_pop_elem',
  parameters: ['pointer', 'pointer'],
  result: 'i32',
  call: (machine, map, value) => mapArgument(machine, map).pop(value),
};

export const mapPeekElem: VmHelper = {
  name: 'map_peek_elem',
  parameters: ['pointer', 'pointer'],
  result: 'i32',
  call: (machine, map, value) => mapArgument(machine, map).peek(value),
};

export const mapLookupPercpuElem: VmHelper = {
  name: 'map_lookup_percpu_elem',
  parameters: ['pointer', 'pointer', 'i32'],
  result: 'pointer',
  call: (machine, map, key, cpu) => mapArgument(machine, map).lookupPerCpu(key, cpu >>> 0),
};

/** Calls callback(map, key, value, context) for each entry until it returns 1; r0 is how many it was called for. */
export const forEachMapElem: CallbackHelper = {
  name: 'for_each_map_elem',
  parameters: ['pointer', 'i64', 'i64', 'i64'],
  callback: 1,
  begin: (machine, address, _callback, _callbackHigh, contextLow, contextHigh, flagsLow, flagsHigh) => {
    if (flagsLow !== 0 || flagsHigh !== 0) return -EINVAL;
    const map = mapArgument(machine, address!);
    const entries = map.walk();
    if (!entries) return -EOPNOTSUPP;
    const context = (BigInt(contextHigh! >>> 0) << 32n) | BigInt(contextLow! >>> 0);
    return new Walk(map.address, entries, context);
  },
};

class Walk implements CallbackIteration {
  readonly #map: bigint;
  readonly #entries: Iterator<readonly [number, number]>;
  readonly #context: bigint;
  #count = 0;

  constructor(map: number, entries: Iterable<readonly [number, number]>, context: bigint) {
    this.#map = BigInt(map);
    this.#entries = entries[Symbol.iterator]();
    this.#context = context;
  }

  next(result: bigint | undefined): readonly bigint[] | number {
    if (result !== undefined && result !== 0n) {
      this.#entries.return?.();
      return this.#count;
    }
    const { value: entry, done } = this.#entries.next();
    if (done) return this.#count;
    this.#count++;
    return [this.#map, BigInt(entry[0]), BigInt(entry[1]), this.#context];
  }
}
