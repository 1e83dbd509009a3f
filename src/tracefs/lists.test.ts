import { expect, it } from 'vitest';
import { parseAvailableEvents, parseFilterFunctionAddresses, parseFilterFunctions } from './lists.ts';

it('reads events', () => {
  expect(parseAvailableEvents('sched:sched_switch\nsyscalls:sys_enter_openat\n')).toEqual([
    { category: 'sched', name: 'sched_switch' },
    { category: 'syscalls', name: 'sys_enter_openat' },
  ]);
});

it('reads functions with their modules', () => {
  const text = 'vfs_read\next4_map_blocks [ext4]\n__ftrace_invalid_address___64\nlast';
  expect(parseFilterFunctions(text)).toEqual([
    { name: 'vfs_read' },
    { name: 'ext4_map_blocks', module: 'ext4' },
    { name: 'last' },
  ]);
});

it('reads functions with their addresses', () => {
  const text = 'ffffffff81000010 vfs_read\nffffffffc0000020 ext4_map_blocks [ext4]\n';
  expect(parseFilterFunctionAddresses(text)).toEqual([
    { name: 'vfs_read', address: 0xffffffff81000010n },
    { name: 'ext4_map_blocks', module: 'ext4', address: 0xffffffffc0000020n },
  ]);
});
