import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SyscallTable } from './syscalls.ts';

describe.each(['x86_64', 'aarch64'] as const)('system calls of %s', (arch) => {
  const table = new SyscallTable(arch);

  it('have one name for a number and one number for a name', () => {
    const entries = [...table.entries()];
    expect(new Set(entries.map(([, name]) => name)).size).toBe(entries.length);
    for (const [number, name] of entries) {
      expect(table.number(name)).toBe(number);
      expect(table.name(number)).toBe(name);
      expect(table.eventNumber(table.eventName(number)!)).toBe(number);
    }
  });

  it('are undefined outside the table', () => {
    expect(table.name(5000)).toBeUndefined();
    expect(table.number('nothing')).toBeUndefined();
    expect(table.eventName(5000)).toBeUndefined();
  });
});

it('knows numbers that every program uses', () => {
  const x86 = new SyscallTable('x86_64');
  expect(['read', 'openat', 'execve', 'exit_group', 'bpf', 'clone3', 'mseal'].map((name) => x86.number(name))).toEqual([
    0, 257, 59, 231, 321, 435, 462,
  ]);
  const arm = new SyscallTable('aarch64');
  expect(['read', 'openat', 'execve', 'exit_group', 'bpf', 'clone3', 'mseal'].map((name) => arm.number(name))).toEqual([
    63, 56, 221, 94, 280, 435, 462,
  ]);
  expect(x86.eventNumber('newstat')).toBe(4);
});

const events = '/sys/kernel/tracing/events/syscalls';
const canList = process.arch === 'x64' && existsSync(events);

it.skipIf(!canList)('knows every system call that this kernel traces (needs tracefs, x86-64)', () => {
  const table = new SyscallTable('x86_64');
  const names = readdirSync(events).filter((name) => name.startsWith('sys_enter_'));
  const unknown = names
    .map((name) => name.slice('sys_enter_'.length))
    .filter((name) => table.eventNumber(name) === undefined);
  expect(names.length).toBeGreaterThan(300);
  expect(unknown).toEqual([]);
});
