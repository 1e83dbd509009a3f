// The scripts in examples/: what makes events for them, and what each prints then.

import { spawn } from 'node:child_process';
import { lookup } from 'node:dns/promises';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { root, SLOW } from './beetrace.ts';

export const exampleNames = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.bt'));

/** What an example prints of `activity`. */
export const exampleShows: Readonly<Record<string, RegExp>> = {
  'cpu-stacks.bt': /@\[.*\]: \d+/s,
  'dns.bt': /^node +\d+ +\d+ localhost$/m,
  'execs.bt': /^\d+ +\d+ +\d+ +\/bin\/ls \/$/m,
  'offcpu.bt': /@us\[.*__?schedule\+\d+\n.*\]: \d+/s,
  'opens.bt': /^ls +\d+ +\d+ +\/etc\/ld\.so\.cache$/m,
  'page-faults.bt': /@\[.*\]: \d+/s,
  'read-bytes.bt': /^@bytes\[dd\]: \d+$/m,
  'runqlat.bt': /^@us:\n(.*\n)*\[\d+, \d+\) +\d+ \|/m,
  'syscall-latency.bt': /^@ns\[dd\]:$/m,
  'block-latency.bt': /^\n\n/,
};

/** The same of the scripts in test/kernels/functions, which need kprobes or fentry. */
export const functionShows = {
  'read-sizes.bt': /^@bytes:\n(.*\n)*\[400, 600\) +\d{4,} \|@+ *\|$/m,
  'read-times.bt': /^@ns\[dd\]:\n(\[.*\) +\d+ \|@* *\|\n)+/m,
  'opened-names.bt': /^open path: ld\.so\.cache, func vfs_open$/m,
  'typed-opens.bt': /^opened ld\.so\.cache: 0$/m,
  'many-functions.bt': /^@\[kprobe:vfs_open\]: \d+$(.|\n)*^@\[kprobe:vfs_read\]: \d{4,}$/m,
} as const;

/** Something of everything: files, processes, reads, names looked up, switches of the scheduler. */
export async function activity(): Promise<void> {
  const looked = lookup('localhost');
  for (let round = 0; round < 3; round++) {
    await ended(spawn('/bin/ls', ['/'], { stdio: 'ignore' }));
    await ended(spawn('/bin/dd', ['if=/dev/zero', 'of=/dev/null', 'bs=512', 'count=2000', 'status=none']));
  }
  await looked;
  await sleep(300 * SLOW);
}

function ended(child: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve) => child.on('close', () => resolve()));
}

/** A run that sees `activity` and then Ctrl-C. */
export const events = { attached: activity, signal: 'SIGINT' as const };
