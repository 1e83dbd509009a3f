// The running machine as the compiler and the kernel engine see it in one run: what one of them has read, the other need not
// read again.

import { TraceError } from '../base/error.ts';
import type { Environment } from '../compiler/environment.ts';
import type { Engine } from '../engines/engine.ts';
import { kernelEngine as makeKernelEngine } from '../engines/kernel/index.ts';
import { runningMachine } from '../engines/kernel/platform.ts';
import { machineEnvironment } from './environment.ts';

const platform = runningMachine();

/** The engine that runs images in the running kernel. */
export function kernelEngine(): Engine {
  return makeKernelEngine(undefined, platform);
}

/** The running machine, to compile for; its kernel may be taken for an older one, so that the image runs there too. */
export function environment(targetPid?: number, kernel?: string): Environment {
  return machineEnvironment({
    ...(targetPid === undefined ? {} : { targetPid }),
    ...(kernel === undefined ? {} : { kernel }),
    btf: () => {
      try {
        return platform.btf;
      } catch (error) {
        // A script that needs no types compiles without them.
        if (error instanceof TraceError) return undefined;
        throw error;
      }
    },
  });
}
