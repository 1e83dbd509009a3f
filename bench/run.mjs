// Benchmarks side by side with a bpftrace in $BPFTRACE or on PATH, in turn in one run, so that ratios hold when the machine drifts.
//   npm run bench [-- startup|wildcard|events|cost|vm|verifier ...]

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { measure, median, programStatistics, until } from './process.mjs';

const root = join(import.meta.dirname, '..');
const theirs = findBpftrace();
const tools = [
  { name: 'beetrace', command: [join(root, 'beetrace')] },
  ...(theirs ? [{ name: theirs.version, command: [theirs.path] }] : []),
];
if (!theirs) console.log('no bpftrace in $BPFTRACE or on PATH: ratios are left out\n');

const wanted = process.argv.slice(2);
const benches = {
  startup,
  wildcard,
  events,
  cost,
  vm: () => import('./vm.mjs'),
  verifier: () => import('./verifier.mjs'),
};
for (const name of wanted) if (!benches[name]) throw new Error(`no bench ${name}; there are ${Object.keys(benches)}`);
for (const [name, bench] of Object.entries(benches)) if (wanted.length === 0 || wanted.includes(name)) await bench();

function findBpftrace() {
  const path = process.env.BPFTRACE ?? 'bpftrace';
  const run = spawnSync(path, ['--version'], { encoding: 'utf8' });
  return run.status === 0 ? { path, version: run.stdout.trim() } : undefined;
}

/** Prints a row for each tool and, with two, ours divided by theirs. */
function table(title, unit, rows) {
  console.log(title);
  for (const [name, value] of rows) console.log(`  ${name.padEnd(24)} ${value.toFixed(1).padStart(12)} ${unit}`);
  if (rows.length === 2) console.log(`  ${'ratio'.padEnd(24)} ${(rows[0][1] / rows[1][1]).toFixed(3).padStart(12)}`);
  console.log('');
}

/** Start-up, attach nothing, end: wall time and peak memory, median of several runs in turn. */
async function startup(runs = 9) {
  const results = tools.map(() => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, tool] of tools.entries()) {
      const result = await measure([...tool.command, '-e', 'BEGIN { exit(); }']);
      if (result.code !== 0) throw new Error(`${tool.name}: ${result.errors}`);
      if (run >= 0) results[index].push(result);
    }
  }
  const row = (pick) => tools.map((tool, index) => [tool.name, median(results[index].map(pick))]);
  table(
    'start-up: BEGIN { exit(); }',
    'ms',
    row((one) => one.ms),
  );
  table(
    'peak memory: BEGIN { exit(); }',
    'MiB',
    row((one) => one.peakKiB / 1024),
  );
}

/** Attach to every system call's entry, end at once, everything detached again. */
async function wildcard() {
  const rows = [];
  for (const tool of tools) {
    const script = 'tracepoint:syscalls:sys_enter_* { @ = count(); } interval:ms:1 { exit(); }';
    const result = await measure([...tool.command, '-e', script]);
    if (result.code !== 0) throw new Error(`${tool.name}: ${result.errors}`);
    rows.push([tool.name, result.ms]);
  }
  table('attach and detach tracepoint:syscalls:sys_enter_*', 'ms', rows);
}

/** Events of one process at full speed (dd with one byte a block: a read and a write each): lines that arrive. */
async function events(blocks = 1_500_000) {
  const script = 'tracepoint:raw_syscalls:sys_enter /pid == cpid/ { printf("%d %s\\n", pid, comm); }';
  const workload = `/bin/dd if=/dev/zero of=/dev/null bs=1 count=${blocks} status=none`;
  const rows = [];
  for (const tool of tools) {
    const file = `/tmp/beetrace-bench-${process.pid}.txt`;
    const result = await measure([...tool.command, '-o', file, '-c', workload, '-e', script]);
    const lines = countLines(readFileSync(file));
    writeFileSync(file, '');
    rows.push([tool.name, lines / (result.ms / 1000)]);
    const missed = 2 * blocks - lines;
    console.log(
      `  ${tool.name}: ${lines} lines of at least ${2 * blocks} events, ${missed > 0 ? `${missed} missing` : 'none missing'}`,
    );
    if (result.errors.trim()) console.log(result.errors.trim().replace(/^/gm, '    ').split('\n').slice(-3).join('\n'));
  }
  table('delivered events a second at full speed', '/s', rows);
}

function countLines(bytes) {
  let lines = 0;
  for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines++;
  return lines;
}

/** Nanoseconds that the kernel spends in the program per event, by its own statistics. */
async function cost(blocks = 1_000_000) {
  const setting = '/proc/sys/kernel/bpf_stats_enabled';
  const before = readFileSync(setting, 'utf8');
  writeFileSync(setting, '1');
  try {
    for (const action of ['@ = count();', '@[pid] = sum(1);', '@[comm] = count();', '@ = hist(nsecs);']) {
      const results = tools.map(() => []);
      for (let round = 0; round < 3; round++) {
        for (const [index, tool] of tools.entries()) results[index].push(await costOf(tool, action, blocks));
      }
      const rows = tools.map((tool, index) => [tool.name, median(results[index])]);
      table(`in-kernel cost of an event: ${action}`, 'ns', rows);
    }
  } finally {
    writeFileSync(setting, before);
  }
}

async function costOf(tool, action, blocks) {
  let statistics;
  const script = `BEGIN { printf("ready\\n"); } tracepoint:raw_syscalls:sys_enter { ${action} }`;
  await measure([...tool.command, '-B', 'none', '-e', script], {
    onStart: async (child, printed) => {
      await until(() => printed().includes('ready'), 60);
      spawnSync('/bin/dd', ['if=/dev/zero', 'of=/dev/null', 'bs=1', `count=${blocks}`, 'status=none']);
      statistics = programStatistics(child.pid);
      child.kill('SIGINT');
    },
  });
  return statistics.ns / statistics.runs;
}
