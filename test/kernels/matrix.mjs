// Boots the kernel matrix and runs the kernel tests on each. Images of scripts are built here, on this kernel, and run there.
// Ends with a table, which tells the minutes too, and with code 1 when a test failed anywhere. What each guest printed is kept
// in .cache/kernels/SUITE/output.txt.
//   npm run test:kernels [-- SUITE ...] [--run 'COMMAND' | -- ARGUMENTS OF VITEST]

import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ensureInstalled, root } from '../../scripts/install.mjs';
import { fetchKernel } from './fetch.mjs';
import { missingTools, runUnder } from './machine.mjs';

/** Debian suites and the kernel that each has. */
const SUITES = { bullseye: '5.10', bookworm: '6.1', trixie: '6.12', sid: '7' };
/** Scripts whose images are taken to the other kernels. */
const SCRIPTS = ['examples', 'test/kernels/functions'];

/** Our runtime imitates one kernel, a new one; comparing it with older ones proves nothing. */
const NOT_THERE = ['test/vm/**', 'src/engines/vm/**'];

const cache = join(root, '.cache/kernels');
const images = join(root, '.cache/images');

function readArguments() {
  const args = process.argv.slice(2);
  const separator = args.indexOf('--');
  const tests = separator === -1 ? [] : args.splice(separator).slice(1);
  const at = args.indexOf('--run');
  const [run] = at === -1 ? [] : args.splice(at, 2).slice(1);
  const suites = args.length > 0 ? args : Object.keys(SUITES);
  for (const suite of suites)
    if (!(suite in SUITES)) fail(`no suite ${suite}`, `there are ${Object.keys(SUITES).join(', ')}`);
  const excluded = NOT_THERE.flatMap((pattern) => ['--exclude', pattern]);
  const vitest = ['node_modules/.bin/vitest', 'run', '--project', 'kernel', ...excluded, ...tests];
  return { suites, run: run ?? vitest.map((word) => `'${word}'`).join(' ') };
}

function fail(message, hint) {
  console.error(`ERROR: ${message}${hint ? `\nHINT: ${hint}` : ''}`);
  process.exit(1);
}

/** What the guests run is built here: there it would take minutes. */
function prepare() {
  const missing = missingTools();
  if (missing.length > 0)
    fail(
      `booting kernels needs Debian packages that are not here: ${missing.join(' ')}`,
      `apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  node('scripts/build.mjs', '--quiet');
  rmSync(images, { recursive: true, force: true });
  mkdirSync(images, { recursive: true });
  for (const folder of SCRIPTS)
    for (const script of readdirSync(join(root, folder)).filter((name) => name.endsWith('.bt')))
      node('dist/bin/beetrace.js', 'build', `${folder}/${script}`, '-o', join(images, `${script}.image`), '0');
}

function node(...args) {
  const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (run.status !== 0) fail(`${args.join(' ')} failed:\n${run.stderr}${run.stdout}`);
}

/** Runs the command on one kernel; what it printed goes to a file too. */
async function runSuite(suite, command) {
  const started = Date.now();
  const row = { suite, kernel: SUITES[suite], passed: '-', failed: '-', skipped: '-', result: 'FAILED' };
  const lines = [];
  try {
    const kernel = fetchKernel(cache, suite);
    row.kernel = kernel.release;
    console.log(`--- ${suite}: booting Linux ${kernel.release}`);
    const { code } = await runUnder(kernel, command, {
      seconds: 2400,
      onLine: (line) => {
        lines.push(stripVTControlCharacters(line));
        console.log(`${suite} | ${lines.at(-1)}`);
      },
    });
    if (code === 0) row.result = 'passed';
  } catch (error) {
    lines.push(`${error.message}`);
    console.error(`--- ${suite}: ${error.message}`);
  }
  Object.assign(row, countsIn(lines));
  row.minutes = ((Date.now() - started) / 60_000).toFixed(1);
  writeFileSync(join(cache, suite, 'output.txt'), `${lines.join('\n')}\n`);
  return row;
}

/** The numbers of the closing line of the tests, or of vitest's own where other reporters were asked for. */
function countsIn(lines) {
  const closing = lines.findLast((line) => /^\d+ passed, \d+ failed, \d+ skipped$|^ +Tests +\d+ \w+/.test(line));
  if (!closing) return {};
  const count = (word) => Number(new RegExp(`(\\d+) ${word}`).exec(closing)?.[1] ?? 0);
  return { passed: count('passed'), failed: count('failed'), skipped: count('skipped') };
}

function table(rows) {
  const columns = ['suite', 'kernel', 'passed', 'failed', 'skipped', 'minutes', 'result'];
  const cells = [columns, ...rows.map((row) => columns.map((column) => String(row[column])))];
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => row[index].length)));
  const line = (row) => row.map((cell, index) => cell.padEnd(widths[index])).join('  ');
  return cells.map((row) => line(row).trimEnd()).join('\n');
}

ensureInstalled();
const { suites, run } = readArguments();
prepare();
const environment = `PATH='${process.env.PATH}' BEETRACE_SLOW=10 BEETRACE_RUNS=10 CI=1 NO_COLOR=1 BEETRACE_IMAGES='${images}'`;
const rows = [];
for (const suite of suites) rows.push(await runSuite(suite, `cd '${root}' && export ${environment} && ${run}`));
const failed = rows.filter((row) => row.result !== 'passed').length;
console.log(`\n${table(rows)}\n\n${rows.length - failed} of ${rows.length} kernels passed`);
process.exit(failed === 0 ? 0 : 1);
