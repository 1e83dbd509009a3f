// Which CPUs there are. Lists in sysfs look like `0-3,8`; Documentation/admin-guide/cputopology.rst.

import { readFileSync } from 'node:fs';

/** The numbers of a list such as `0-3,8`. */
export function parseCpuList(text: string): number[] {
  const cpus: number[] = [];
  for (const [, first, last] of text.matchAll(/(\d+)(?:-(\d+))?/g)) {
    for (let cpu = Number(first); cpu <= Number(last ?? first); cpu++) cpus.push(cpu);
  }
  return cpus;
}

function readList(name: string): readonly number[] {
  return parseCpuList(readFileSync(`/sys/devices/system/cpu/${name}`, 'utf8'));
}

let possible: readonly number[] | undefined;

/** CPUs that may ever be plugged in: per-CPU maps have a value for each. They cannot change while the kernel runs. */
export function possibleCpus(): readonly number[] {
  possible ??= readList('possible');
  return possible;
}

/** CPUs that run now. */
export function onlineCpus(): readonly number[] {
  return readList('online');
}
