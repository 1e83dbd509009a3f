import { expect, test } from 'vitest';
import { attachKind, programKind } from '../../isa/index.ts';
import { attachPoints } from './attach.ts';
import { sectionMeaning, sectionNames } from './sections.ts';

test.each([
  ['xdp', { kind: 'xdp', attachKind: 'xdp', target: '' }],
  ['xdp.frags/cpumap', { kind: 'xdp', attachKind: 'xdp_cpumap', fragments: true }],
  ['?kprobe/do_exit', { kind: 'kprobe', target: 'do_exit', optional: true }],
  ['uprobe.s//bin/sh:main', { kind: 'kprobe', target: '/bin/sh:main', sleepable: true }],
  ['lsm_cgroup/socket_create', { kind: 'lsm', attachKind: 'lsm_cgroup', target: 'socket_create' }],
  ['lsm.s/file_open', { kind: 'lsm', attachKind: 'lsm_mac', sleepable: true }],
  ['raw_tp.w/x', { kind: 'raw_tracepoint_writable', target: 'x' }],
  ['cgroup/connect6', { kind: 'cgroup_sock_addr', attachKind: 'cgroup_inet6_connect' }],
  ['cgroup/sendmsg_unix', { kind: 'cgroup_sock_addr', attachKind: 'cgroup_unix_sendmsg' }],
  ['syscall', { kind: 'syscall', sleepable: true }],
])('%s', (name, expected) => {
  expect(sectionMeaning(name)).toMatchObject(expected);
});

test.each(['', 'xdp2', 'tc/foo', 'kprobes/x', 'cgroup/bind_unix'])('%s means nothing', (name) => {
  expect(sectionMeaning(name)).toBeUndefined();
});

test('every name means a kind of program and of attachment that exist', () => {
  expect(sectionNames.length).toBeGreaterThan(80);
  for (const name of sectionNames) {
    const meaning = sectionMeaning(name)!;
    expect(programKind(meaning.kind), name).toBeDefined();
    if (meaning.attachKind !== undefined) expect(attachKind(meaning.attachKind), name).toBeDefined();
  }
});

test.each([
  ['kprobe/vfs_read+0x10', { kind: 'kprobe', symbol: 'vfs_read', offset: 16, returns: false }],
  ['kretprobe/vfs_read', { kind: 'kprobe', symbol: 'vfs_read', offset: 0, returns: true }],
  ['tp/sched/sched_switch', { kind: 'tracepoint', category: 'sched', event: 'sched_switch' }],
  ['fexit/nf:hook', { kind: 'fentry', symbol: 'hook', module: 'nf', returns: true }],
  ['uretprobe//bin/sh:main', { kind: 'uprobe', path: '/bin/sh', symbol: 'main', offset: 0, returns: true }],
  ['iter/task', { kind: 'iter', object: 'task' }],
  ['kprobe.multi/tcp_*', { kind: 'kprobe-multi', symbols: ['tcp_*'], returns: false }],
])('%s is attached', (name, expected) => {
  expect(attachPoints(sectionMeaning(name)!, 3)).toEqual([{ probe: 3, ...expected }]);
});

test('other programs have no place of their own', () => {
  expect(attachPoints(sectionMeaning('xdp')!, 0)).toEqual([]);
});
