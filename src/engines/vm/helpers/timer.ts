// Timers in map values. Kernel: kernel/bpf/helpers.c (5.15).

import { EINVAL } from '../errno.ts';
import { type VmHelper, wide } from './helper.ts';

const CLOCK_MONOTONIC = 1;
const CLOCK_BOOTTIME = 7;
const CLOCKS = [0, CLOCK_MONOTONIC, CLOCK_BOOTTIME];

/** BPF_F_TIMER_ABS; BPF_F_TIMER_CPU_PIN changes nothing here. */
const ABSOLUTE = 1;
const PINNED = 2;

export const timerInit: VmHelper = {
  name: 'timer_init',
  parameters: ['pointer', 'pointer', 'i64'],
  result: 'i32',
  call: ({ timers }, timer, map, clock, high) =>
    high !== 0 || !CLOCKS.includes(clock!) ? -EINVAL : timers.init(timer!, map!, clock!),
};

export const timerSetCallback: VmHelper = {
  name: 'timer_set_callback',
  parameters: ['pointer', 'i32'],
  result: 'i32',
  call: ({ timers, program }, timer, callback) => (program ? timers.setCallback(timer, program, callback) : -EINVAL),
};

export const timerStart: VmHelper = {
  name: 'timer_start',
  parameters: ['pointer', 'i64', 'i64'],
  result: 'i32',
  call: ({ timers, host }, timer, low, high, flags, flagsHigh) => {
    if (flagsHigh !== 0 || (flags! & ~(ABSOLUTE | PINNED)) !== 0) return -EINVAL;
    const start = (flags! & ABSOLUTE) !== 0 ? 0n : host.clock.monotonic();
    return timers.start(timer!, start + wide(low!, high!));
  },
};

export const timerCancel: VmHelper = {
  name: 'timer_cancel',
  parameters: ['pointer'],
  result: 'i32',
  call: ({ timers }, timer) => timers.cancel(timer),
};
