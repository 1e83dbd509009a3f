// The reader and the printer against the running kernel's BTF, with bpftool as the judge.

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Btf } from './btf.ts';
import { printType, typeName } from './print.ts';

const VMLINUX = '/sys/kernel/btf/vmlinux';
const hasBtf = existsSync(VMLINUX);
const hasBpftool = spawnSync('bpftool', ['version']).status === 0;
const bpftool = (...args: string[]): string =>
  execFileSync('bpftool', ['btf', 'dump', 'file', VMLINUX, ...args], { encoding: 'latin1', maxBuffer: 2 ** 28 });

describe.skipIf(!hasBtf)(`the kernel's types (needs ${VMLINUX})`, () => {
  let btf: Btf;
  beforeAll(() => {
    btf = Btf.parse(readFileSync(VMLINUX));
  });

  it('can all be decoded and named', () => {
    for (let id = 0; id < btf.count; id++) {
      const type = btf.type(id);
      expect(type.id).toBe(id);
      expect(type.kind).not.toBe('unknown');
      if (type.kind !== 'decl_tag' && type.kind !== 'datasec') typeName(btf, id);
    }
  });

  it('are found by each of their names', () => {
    const functions = [...btf.names('func')];
    const step = Math.ceil(functions.length / 500);
    for (let index = 0; index < functions.length; index += step) {
      const name = functions[index]!;
      expect(btf.func(name)?.name).toBe(name);
    }
  });

  it('has what tracing programs ask for', () => {
    const task = btf.find('task_struct', 'struct')!;
    expect(typeName(btf, btf.member(task.id, 'comm')!.type)).toBe('char[16]');
    expect(btf.path(task.id, 'se.avg.load_avg')!.bitOffset).toBeGreaterThan(0);
    expect(btf.functionParams('vfs_read')?.map(({ type }) => typeName(btf, type))).toEqual([
      'struct file *',
      'char *',
      'size_t',
      'loff_t *',
    ]);
    expect(btf.enumValue('BPF_MAP_TYPE_RINGBUF')).toBe(27n);
  });

  it.skipIf(!hasBpftool)('lie where bpftool says (needs bpftool)', () => {
    const lines = bpftool().split('\n');
    let compared = 0;
    for (let at = 0; at < lines.length; at++) {
      const head = /^\[(\d+)\] (STRUCT|UNION) '(.*)' size=(\d+) vlen=(\d+)$/.exec(lines[at]!);
      if (!head) continue;
      const type = btf.type(Number(head[1]));
      if (type.kind !== 'struct' && type.kind !== 'union') throw new Error(`type ${head[1]} is of kind ${type.kind}`);
      const ours = type.members.map(({ name, type: id, bitOffset, bitSize }) => {
        const bits = bitSize > 0 ? ` bitfield_size=${bitSize}` : '';
        return `\t'${name || '(anon)'}' type_id=${id} bits_offset=${bitOffset}${bits}`;
      });
      expect(type.name || '(anon)').toBe(head[3]);
      expect(type.size).toBe(Number(head[4]));
      expect(ours).toEqual(lines.slice(at + 1, at + 1 + Number(head[5])));
      compared++;
    }
    expect(compared).toBeGreaterThan(1000);
  });

  it.skipIf(!hasBpftool)('print as bpftool prints them (needs bpftool)', () => {
    const blocks = new Set(bpftool('format', 'c').split('\n\n'));
    const names = ['task_struct', 'sk_buff', 'sock', 'file', 'bpf_prog', 'perf_event_attr', 'kbd_struct', 'mm_struct'];
    for (const name of names) {
      const text = printType(btf, btf.find(name, 'struct')!.id);
      expect(blocks.has(text), text).toBe(true);
    }
    const named = [...btf.ids('struct')].filter((id) => {
      const type = btf.type(id);
      return type.kind === 'struct' && type.name !== '';
    });
    // bpftool numbers structs of one name, and some versions count holes in bit fields in other units.
    const different = named.filter((id) => !blocks.has(printType(btf, id)));
    expect(different.length).toBeLessThan(named.length / 50);
  });
});
