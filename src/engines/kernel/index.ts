// The engine that runs Images in the running Linux kernel.

import type { Engine } from '../engine.ts';
import { loadImage } from './load.ts';
import { type Platform, runningMachine } from './platform.ts';
import { nativeSys } from './sys/native.ts';
import type { Sys } from './sys/sys.ts';

/** Makes the engine; nothing is asked of the kernel before an Image is loaded. */
export function kernelEngine(sys: Sys = nativeSys(), platform: Platform = runningMachine()): Engine {
  return { name: 'kernel', load: (image, options) => loadImage(sys, platform, image, options) };
}
