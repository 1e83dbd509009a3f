// Boots the kernel matrix and runs the kernel tests on each.
//   npm run test:kernels [-- SUITE ...] [--run 'COMMAND']

import { join } from 'node:path';
import { ensureInstalled, root } from '../../scripts/install.mjs';
import { fetchKernel } from './fetch.mjs';
import { missingTools, runUnder } from './machine.mjs';

/** Debian suites and the kernel that each has. */
const SUITES = { bullseye: '5.10', bookworm: '6.1', trixie: '6.12', sid: '7' };

ensureInstalled();
const args = process.argv.slice(2);
const at = args.indexOf('--run');
const [given] = at === -1 ? [] : args.splice(at, 2).slice(1);
const suites = args.length > 0 ? args : Object.keys(SUITES);
for (const suite of suites)
  if (!(suite in SUITES)) throw new Error(`no suite ${suite}; there are ${Object.keys(SUITES)}`);

const missing = missingTools();
if (missing.length > 0) {
  console.error(`ERROR: booting kernels needs Debian packages that are not here: ${missing.join(' ')}`);
  console.error(`HINT: apt-get install --no-install-recommends ${missing.join(' ')}`);
  process.exit(1);
}

const path = process.env.PATH;
const command = `cd ${root} && export PATH=${path} BEETRACE_SLOW=10 CI=1 && ${given ?? 'node_modules/.bin/vitest run --project kernel'}`;
let failed = 0;
for (const suite of suites) {
  console.log(`--- ${suite}: booting Linux ${SUITES[suite]}`);
  try {
    const kernel = fetchKernel(join(root, '.cache/kernels'), suite);
    const result = await runUnder(kernel, command, {
      seconds: 1800,
      onLine: (line) => console.log(`${suite} | ${line}`),
    });
    if (result.code !== 0) failed++;
    console.log(`--- ${suite}: ${kernel.release} ${result.code === 0 ? 'passed' : 'FAILED'}`);
  } catch (error) {
    failed++;
    console.error(`--- ${suite}: ${error.message}`);
  }
}
console.log(`${suites.length - failed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
