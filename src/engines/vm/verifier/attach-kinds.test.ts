import { expect, test } from 'vitest';
import { attachKind } from '../../../isa/index.ts';
import { mayAttach } from './attach-kinds.ts';

// What Linux 6.18 answers to a program of two instructions.
test.each([
  ['xdp', 'xdp', true],
  ['xdp', 'sk_lookup', true],
  ['cgroup_sock', undefined, true],
  ['cgroup_sock', 'cgroup_inet_egress', false],
  ['cgroup_sock_addr', undefined, false],
  ['cgroup_sock_addr', 'cgroup_inet4_bind', true],
  ['cgroup_sock_addr', 'cgroup_udp6_recvmsg', true],
  ['cgroup_skb', undefined, true],
  ['cgroup_skb', 'cgroup_sock_ops', false],
  ['cgroup_sockopt', undefined, false],
  ['sk_reuseport', 'sk_reuseport_select', true],
  ['sk_lookup', undefined, false],
])('%s as %s: %s', (kind, attach, expected) => {
  expect(mayAttach(kind, attach)).toBe(expected);
  if (attach !== undefined) expect(attachKind(attach)).toBeDefined();
});
