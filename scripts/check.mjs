// What must hold before a commit: types, lint and format, layers, unit tests. Takes seconds.
//   node scripts/check.mjs

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();

const bin = (name) => join(root, 'node_modules/.bin', name);
const stages = [
  ['types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']],
  ['lint and format', bin('biome'), ['check', '--error-on-warnings', '.']],
  ['layers', process.execPath, ['scripts/layers.mjs']],
  ['unit tests', bin('vitest'), ['run', '--project', 'unit', '--reporter', 'dot']],
];

let failed = false;
for (const [name, command, args] of stages) {
  const start = performance.now();
  const run = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`${run.status === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  if (run.status !== 0) {
    failed = true;
    process.stdout.write(`${run.stdout}${run.stderr}`);
  }
}
process.exit(failed ? 1 : 0);
