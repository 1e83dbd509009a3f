// The vm as an engine for scripts: begin, end, signal, interval and profile probes run without root and without a kernel that
// allows BPF. Every access is checked while it runs.

import { cpus } from 'node:os';
import { basename } from 'node:path';
import type { Engine } from '../engines/engine.ts';
import { vmEngine } from '../engines/vm/index.ts';

/** An engine whose programs see this process as the current one. */
export function runtimeEngine(): Engine {
  const task = {
    pid: process.pid,
    tid: process.pid,
    uid: process.getuid?.() ?? 0,
    gid: process.getgid?.() ?? 0,
    comm: basename(process.execPath),
  };
  return vmEngine({ runner: 'interpreter', checked: true, cpus: cpus().length, self: { task } });
}
