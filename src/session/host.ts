// What records ask for beyond printing: to end the run, to touch maps, to read files and run commands.

import { spawnSync } from 'node:child_process';
import { closeSync, openSync, readSync } from 'node:fs';
import { TraceError } from '../base/error.ts';
import { systemReason } from '../base/system-reason.ts';
import type { LoadedImage } from '../engines/engine.ts';
import type { RecordHost } from '../report/index.ts';
import type { Captures } from './captures.ts';

export interface HostOptions {
  readonly unsafe: boolean;
  readonly captures: Captures;
  /** Writes out what was printed so far, so that a command's own output comes after it. */
  readonly flush: () => void;
  readonly exit: (code: number) => void;
}

export function recordHost(loaded: LoadedImage, options: HostOptions): RecordHost {
  return {
    exit: options.exit,
    readMap: (map) => loaded.readMap(map),
    clearMap: (map) => loaded.clearMap(map),
    zeroMap: (map) => loaded.zeroMap(map),
    readFile: readStart,
    runCommand: (command) => {
      // An image file may come from elsewhere, so what the compiler refused is refused here again.
      if (!options.unsafe) throw new TraceError('ERR_UNSAFE', 'system() runs commands only with --unsafe.');
      options.flush();
      const run = spawnSync('/bin/sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'], maxBuffer: 1 << 28 });
      return run.stdout;
    },
    packet: (file, timeNs, bytes) => options.captures.write(file, timeNs, bytes),
  };
}

function open(path: string): number {
  try {
    return openSync(path, 'r');
  } catch (cause) {
    throw new TraceError('ERR_INPUT', `failed to open file '${path}': ${systemReason(cause)}`, { cause });
  }
}

function readStart(path: string, limit: number): Uint8Array {
  const file = open(path);
  try {
    const bytes = new Uint8Array(limit);
    let length = 0;
    for (;;) {
      const count = readSync(file, bytes, length, limit - length, null);
      length += count;
      if (count === 0 || length === limit) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(file);
  }
}
