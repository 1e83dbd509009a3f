// Runs the tests on a checkout, also a fresh one: installs, builds, then unit tests and tests on the running kernel.
//   node scripts/test.mjs [--bless] [arguments of vitest]

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensureInstalled, root } from './install.mjs';

ensureInstalled();
const args = process.argv.slice(2);
const bless = args.includes('--bless');

const build = spawnSync(process.execPath, ['scripts/build.mjs', '--library'], { cwd: root, stdio: 'inherit' });
if (build.status !== 0) process.exit(1);

const vitest = spawnSync(
  join(root, 'node_modules/.bin/vitest'),
  ['run', ...(bless ? ['--update', 'golden'] : []), ...args.filter((arg) => arg !== '--bless')],
  { cwd: root, stdio: 'inherit', env: { ...process.env, ...(bless ? { BLESS: '1' } : {}) } },
);
process.exit(vitest.status ?? 1);
