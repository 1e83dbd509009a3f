// Whether kernel tests can run here, and the reason why not.

import { loadImage } from '../load.ts';
import { runningMachine } from '../platform.ts';
import { nativeSys } from '../sys/native.ts';
import { privateMap, testImage } from './images.ts';

/** The reason to skip, or undefined when BPF is allowed. */
export function whyNoBpf(): string | undefined {
  try {
    loadImage(
      nativeSys(),
      runningMachine(),
      testImage({ maps: [privateMap('array', 4, 4, 1)], programs: [] }),
      {},
    ).close();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
