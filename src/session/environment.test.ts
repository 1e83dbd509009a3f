import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { atLeast } from '../compiler/environment.ts';
import { countCpus, machineEnvironment, parseRelease } from './environment.ts';

describe('the running machine', () => {
  const machine = machineEnvironment();

  it('has a kernel', () => {
    expect(parseRelease('6.18.5-cloud-amd64')).toEqual({ major: 6, minor: 18, patch: 5 });
    expect(parseRelease('5.10')).toEqual({ major: 5, minor: 10, patch: 0 });
    expect(machine.kernel.major).toBeGreaterThanOrEqual(3);
    expect(atLeast({ major: 5, minor: 15, patch: 2 }, '5.15')).toBe(true);
    expect(atLeast({ major: 5, minor: 15, patch: 2 }, '5.15.3')).toBe(false);
    expect(atLeast({ major: 6, minor: 0, patch: 0 }, '5.15')).toBe(true);
    expect(atLeast({ major: 4, minor: 19, patch: 0 }, '5.1')).toBe(false);
  });

  it('counts CPUs by the highest number', () => {
    expect(countCpus('0-3\n')).toBe(4);
    expect(countCpus('0,2-5,8')).toBe(9);
    expect(countCpus('0')).toBe(1);
    expect(machine.cpus).toBeGreaterThanOrEqual(1);
  });

  it('finds binaries as people name them', () => {
    const [node] = machine.binaries(process.execPath);
    expect(node?.path).toBe(process.execPath);
    const [libc] = machine.binaries('libc');
    expect(libc?.path).toMatch(/libc\.so/);
    const malloc = libc!.function('malloc');
    expect(malloc).toMatchObject({ name: 'malloc' });
    expect(libc!.functionAt(malloc!.address + 1n)?.address).toBe(malloc!.address);
    expect(libc!.hasAddress(malloc!.address)).toBe(true);
    expect(libc!.function('no_such_function')).toBeUndefined();
    expect(() => machine.binaries('/no/such/file')).toThrow("there is no file '/no/such/file'");
    expect(machine.binariesOf(process.pid).map(({ path }) => path)).toContain(process.execPath);
  });

  it('numbers system calls by the names of their tracepoints', () => {
    const calls = machineEnvironment().syscalls();
    if (machine.architecture === 'x86_64') expect(calls.get('newstat')).toBe(4);
    expect(calls.get('openat')).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync('/sys/kernel/btf/vmlinux'))('has BTF (needs /sys/kernel/btf/vmlinux)', () => {
    expect(machine.btf()?.find('task_struct', 'struct')).toBeDefined();
    expect(machine.btf()).toBe(machine.btf());
    expect(machine.moduleBtf('../vmlinux')).toBeUndefined();
    const other = machineEnvironment({ variables: { BPFTRACE_BTF: '/no/such/btf' } });
    expect(() => other.btf()).toThrow('/no/such/btf');
  });

  it.skipIf(!canReadTracefs())('has tracepoints (needs tracefs to be readable)', () => {
    expect(machine.hasTracepoint('sched', 'sched_switch')).toBe(true);
    expect(machine.hasTracepoint('sched', '../sched_switch')).toBe(false);
    expect(machine.hasTracepoint('sched', 'nothing')).toBe(false);
    expect(machine.tracepointFormat('sched', 'sched_switch')?.fields.map(({ name }) => name)).toContain('prev_pid');
    expect(machine.tracepoints()).toContainEqual({ category: 'sched', name: 'sched_switch' });
  });
});

function canReadTracefs(): boolean {
  try {
    readFileSync('/sys/kernel/tracing/available_events');
    return true;
  } catch {
    return false;
  }
}
