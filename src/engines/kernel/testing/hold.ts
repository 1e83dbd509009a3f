// A process that holds a program in the kernel until it is killed; the test of that bundles and runs it.

import { kernelEngine } from '../index.ts';
import { privateMap, ringMap, testImage } from './images.ts';
import { countUp } from './programs.ts';

const attach = [{ kind: 'profile', every: { hertz: 99 }, probe: 0 }] as const;
const loaded = kernelEngine().load(
  testImage({
    maps: [privateMap('array', 4, 8, 1), ringMap()],
    programs: [{ kind: 'perf_event', name: process.argv[2]!, ...countUp(0), attach }],
  }),
  {},
);
process.stdout.write(loaded.attach().length === 0 ? 'attached\n' : 'failed\n');
setInterval(() => {}, 1000);
