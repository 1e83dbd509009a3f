// Clocks.

import type { Machine } from '../machine.ts';
import type { VmHelper } from './helper.ts';
import { returnU64 } from './result.ts';

function clock(name: VmHelper['name'], read: (machine: Machine) => bigint): VmHelper {
  return { name, parameters: [], result: 'i64', call: (machine) => returnU64(machine, read(machine)) };
}

export const ktimeGetNs = clock('ktime_get_ns', ({ host }) => host.clock.monotonic());
export const ktimeGetCoarseNs = clock('ktime_get_coarse_ns', ({ host }) => host.clock.monotonic());
export const ktimeGetBootNs = clock('ktime_get_boot_ns', ({ host }) => host.clock.boot());
export const ktimeGetTaiNs = clock('ktime_get_tai_ns', ({ host }) => host.clock.tai());

/** INITIAL_JIFFIES: the counter begins five minutes before it wraps at 32 bits. */
const FIRST_JIFFIES = 2n ** 32n - 300n;
export const jiffies64 = clock('jiffies64', ({ host }) => {
  const hz = BigInt(host.hz);
  return FIRST_JIFFIES - 300n * (hz - 1n) + (host.clock.monotonic() * hz) / 1_000_000_000n;
});
