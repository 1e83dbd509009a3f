// Helpers that decide what runs: loops; tail calls are in tail-call.ts. Locks have nothing to do: one program runs at a time.

import { E2BIG, EINVAL } from '../errno.ts';
import { MAX_LOOPS } from '../layout.ts';
import { type CallbackHelper, type CallbackIteration, type VmHelper, wide } from './helper.ts';
import { returnU64 } from './result.ts';

/** Calls callback(index, context) `count` times or until it returns 1; r0 is how often it was called. */
export const loop: CallbackHelper = {
  name: 'loop',
  parameters: ['i32', 'i64', 'i64', 'i64'],
  callback: 1,
  begin: (_machine, count, _callback, _callbackHigh, contextLow, contextHigh, flagsLow, flagsHigh) => {
    if (flagsLow !== 0 || flagsHigh !== 0) return -EINVAL;
    if (count! >>> 0 > MAX_LOOPS) return -E2BIG;
    return new Loop(count! >>> 0, wide(contextLow!, contextHigh!));
  },
};

class Loop implements CallbackIteration {
  readonly #count: number;
  readonly #context: bigint;
  #index = 0;

  constructor(count: number, context: bigint) {
    this.#count = count;
    this.#context = context;
  }

  next(result: bigint | undefined): readonly bigint[] | number {
    if (this.#index === this.#count || (result !== undefined && result !== 0n)) return this.#index;
    return [BigInt(this.#index++), this.#context];
  }
}

const nothing: Pick<VmHelper, 'parameters' | 'result' | 'call' | 'note'> = {
  note: 'Does nothing: one program runs at a time.',
  parameters: ['pointer'],
  result: 'i32',
  call: () => 0,
};

export const spinLock: VmHelper = { name: 'spin_lock', ...nothing };
export const spinUnlock: VmHelper = { name: 'spin_unlock', ...nothing };

/** Swaps a pointer in a map's value. */
export const kptrXchg: VmHelper = {
  name: 'kptr_xchg',
  parameters: ['pointer', 'i64'],
  result: 'i64',
  call: (machine, place, low, high) => {
    const { memory } = machine;
    returnU64(machine, memory.getU64(place));
    memory.setU64(place, wide(low, high));
    return 0;
  },
};
