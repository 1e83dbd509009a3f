import { describe, expect, it } from 'vitest';
import { helpersOfProgram } from './helper-programs.ts';
import { helperById, helperByName, helperId, helpers, helperTitle, nearestHelper } from './helpers.ts';
import {
  attachKind,
  attachKindId,
  attachKinds,
  mapKind,
  mapKindId,
  mapKinds,
  nearestMapKind,
  nearestProgramKind,
  programKind,
  programKindId,
  programKinds,
} from './kinds.ts';

describe('helpers', () => {
  it('are numbered without gaps, named once, and know their first kernel', () => {
    expect(helpers.map((helper) => helper.id)).toEqual(Array.from({ length: 211 }, (_, index) => index + 1));
    expect(new Set(helpers.map((helper) => helper.name)).size).toBe(211);
    for (const helper of helpers) expect(helper.since).toMatch(/^[3-6]\.\d+$/);
  });

  it('are in the order of their first kernels', () => {
    const value = (since: string) => since.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
    const order = helpers.map((helper) => value(helper.since));
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  it('are found by number and by name with and without bpf_', () => {
    expect(helperById(1)?.name).toBe('map_lookup_elem');
    expect(helperById(0)).toBeUndefined();
    expect(helperById(212)).toBeUndefined();
    expect(helperById(-1)).toBeUndefined();
    expect(helperByName('bpf_ringbuf_reserve')?.id).toBe(131);
    expect(helperByName('ringbuf_reserve')?.id).toBe(131);
    expect(helperByName('nope')).toBeUndefined();
    expect(helperByName('constructor')).toBeUndefined();
    expect(helperId('cgrp_storage_delete')).toBe(211);
    expect(helperTitle(0)).toBe('bpf_unspec');
    expect(helperTitle(211)).toBe('bpf_cgrp_storage_delete');
    expect(helperTitle(999)).toBe('unknown');
    expect(nearestHelper('bpf_ringbuf_reserv')).toBe('bpf_ringbuf_reserve');
    expect(nearestHelper('ktime_get_n')).toBe('ktime_get_ns');
  });

  it('have prototypes', () => {
    const lookup = helperByName('map_lookup_elem')!.prototype;
    expect(lookup.args).toEqual([{ kind: 'CONST_MAP_PTR' }, { kind: 'PTR_TO_MAP_KEY' }]);
    expect(lookup.ret).toEqual({ kind: 'PTR_TO_MAP_VALUE', nullable: true });
    expect(lookup.packetAccess).toBe(true);
    expect(lookup.gplOnly).toBe(false);
    const read = helperByName('probe_read_kernel')!.prototype;
    expect(read.gplOnly).toBe(true);
    expect(read.args[0]).toEqual({ kind: 'PTR_TO_MEM', uninitialized: true, writes: true });
    expect(helperByName('copy_from_user')!.prototype.mightSleep).toBe(true);
    expect(helperByName('get_smp_processor_id')!.prototype.fastcall).toBe(true);
    expect(helperByName('strtol')!.prototype.args[3]).toEqual({
      kind: 'PTR_TO_MEM',
      size: 8,
      uninitialized: true,
      writes: true,
      aligned: true,
    });
    expect(helperByName('get_stackid')!.variants['perf_event']?.gplOnly).toBe(false);
  });

  it('have a size after every pointer to memory whose size is not fixed', () => {
    const sizes = new Set(['CONST_SIZE', 'CONST_SIZE_OR_ZERO']);
    // snprintf and its like take a format whose length is a later argument; d_path and csum_diff follow the rule.
    for (const helper of helpers) {
      for (const prototype of [helper.prototype, ...Object.values(helper.variants)]) {
        expect(prototype.args.length).toBeLessThanOrEqual(5);
        prototype.args.forEach((argument, index) => {
          if (argument.kind !== 'PTR_TO_MEM' || argument.size !== undefined) return;
          expect([helper.name, sizes.has(prototype.args[index + 1]?.kind ?? '')]).toEqual([helper.name, true]);
        });
      }
    }
  });
});

describe('kinds', () => {
  it.each([
    ['map', mapKinds, 35],
    ['program', programKinds, 32],
    ['attach', attachKinds, 62],
  ] as const)('of %s have names and numbers of their own', (_name, kinds, count) => {
    expect(kinds).toHaveLength(count);
    expect(new Set(kinds.map((kind) => kind.name)).size).toBe(count);
    expect(new Set(kinds.map((kind) => kind.id)).size).toBe(count);
    for (const kind of kinds) expect(kind.since).toMatch(/^[3-7]\.\d+$/);
  });

  it('are found by name, by the kernel constant and by number', () => {
    expect(mapKindId('ringbuf')).toBe(27);
    expect(mapKind('BPF_MAP_TYPE_PERCPU_HASH')?.id).toBe(5);
    expect(mapKind('percpu_hash')?.id).toBe(5);
    expect(mapKind(33)?.name).toBe('arena');
    expect(mapKind(0)).toBeUndefined();
    expect(programKindId('raw_tracepoint')).toBe(17);
    expect(programKind('BPF_PROG_TYPE_SOCKET_FILTER')?.id).toBe(1);
    expect(programKind(32)?.name).toBe('netfilter');
    expect(attachKindId('trace_uprobe_multi')).toBe(48);
    expect(attachKind('BPF_TRACE_ITER')?.id).toBe(28);
    expect(attachKind(0)?.name).toBe('cgroup_inet_ingress');
    expect(nearestMapKind('ringbuff')).toBe('ringbuf');
    expect(nearestProgramKind('tracepont')).toBe('tracepoint');
  });
});

describe('helpers of a kind of program', () => {
  it('are those that the kernel accepts there', () => {
    expect(helpersOfProgram('tracepoint')!.has(helperId('get_stackid'))).toBe(true);
    expect(helpersOfProgram('xdp')!.has(helperId('get_stackid'))).toBe(false);
    expect(helpersOfProgram('xdp')!.has(helperId('xdp_adjust_head'))).toBe(true);
    expect(helpersOfProgram('netfilter')!.size).toBe(74);
    expect(helpersOfProgram('sched_cls')!.size).toBe(139);
    expect(helpersOfProgram('sched_act')).toEqual(helpersOfProgram('sched_cls'));
    expect(helpersOfProgram('struct_ops')).toBeUndefined();
  });

  it('exist', () => {
    for (const { name } of programKinds) {
      for (const id of helpersOfProgram(name) ?? []) expect(helperById(id)).toBeDefined();
    }
  });
});
