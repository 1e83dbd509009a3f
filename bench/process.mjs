// Measures whole processes from outside: wall time, peak memory, and what the kernel says of the BPF programs they hold.

import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Peak resident memory of a process and of what it started, in KiB, or 0 once it is gone. */
function peakOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+)/.exec(text)?.[1] ?? 0);
  } catch {
    return 0;
  }
}

/** Runs a command to its end: milliseconds, peak KiB, bytes and lines that it printed, its errors. */
export async function measure(command, { onStart } = {}) {
  const start = process.hrtime.bigint();
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, peakOf(child.pid));
  }, 2);
  let lines = 0;
  let bytes = 0;
  let errors = '';
  let output = '';
  child.stdout.on('data', (chunk) => {
    bytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++;
    if (output.length < 100_000) output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  await onStart?.(child, () => errors + output);
  const code = await ended;
  clearInterval(timer);
  return { ms: Number(process.hrtime.bigint() - start) / 1e6, peakKiB: peak, lines, bytes, errors, output, code };
}

/** Run count and nanoseconds of every BPF program that a process holds, from its file descriptors. */
export function programStatistics(pid) {
  const programs = new Map();
  for (const fd of readdirSync(`/proc/${pid}/fdinfo`)) {
    let text;
    try {
      text = readFileSync(`/proc/${pid}/fdinfo/${fd}`, 'utf8');
    } catch {
      continue;
    }
    const number = (key) => Number(new RegExp(`^${key}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
    // A link names its program too; only the program's own entry has run counts.
    if (Number.isNaN(number('run_cnt'))) continue;
    programs.set(number('prog_id'), { runs: number('run_cnt'), ns: number('run_time_ns') });
  }
  return [...programs.values()].reduce((sum, one) => ({ runs: sum.runs + one.runs, ns: sum.ns + one.ns }), {
    runs: 0,
    ns: 0,
  });
}

/** Waits until a text appears; throws after the time. */
export async function until(condition, seconds) {
  const end = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`nothing happened for ${seconds} s`);
    await sleep(5);
  }
}

export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
