import { describe, expect, it } from 'vitest';
import { FunctionBuilder } from './builder.ts';
import { dumpAsm } from './dump-asm.ts';
import { dumpIr } from './dump-ir.ts';
import type { Module } from './ir.ts';
import { link } from './link.ts';

const source = { name: 'count.bt', text: 'kprobe:f\n{\n  @[pid] = count();\n}\n' };

function moduleOf(): Module {
  const b = new FunctionBuilder('kprobe_1', 'entry');
  b.span = { source, start: source.text.indexOf('@'), end: source.text.indexOf(';') };
  const key = b.slot(4, 4, 'key');
  const pid = b.binary('shr', b.call(14), 32);
  pid.comment = 'pid';
  b.store(4, key, 0, pid);
  const entry = b.call(1, b.map(0), key);
  b.if('ne', entry, 0, () => b.store(8, entry, 0, b.add(b.load(8, entry), 1)));
  const offset = { kind: 'tracepoint-field', tracepoint: 'a:b', field: 'c', value: 16 } as const;
  b.call(6, b.load(4, b.argument(0), 0, offset));
  b.span = { source, start: 0, end: 8 };
  b.return(0);
  return {
    programs: [{ name: 'kprobe_1', kind: 'kprobe', entry: b.func, attach: [], counters: 0 }],
    maps: [
      {
        name: 'AT_',
        kind: 'percpu_hash',
        keySize: 4,
        valueSize: 8,
        maxEntries: 4096,
        flags: 0,
        role: {
          kind: 'script',
          name: '@',
          key: { kind: 'int', size: 4, signed: false },
          value: { kind: 'aggregation', aggregation: { kind: 'count' } },
        },
      },
    ],
    records: [],
    probes: ['kprobe:f'],
    sources: [source],
    license: 'GPL',
    settings: {
      ringBytes: 0,
      printMapsOnExit: true,
      truncationTrailer: '..',
      missingProbes: 'error',
      maxCatBytes: 10240,
      demangle: true,
    },
  };
}

describe('linking', () => {
  it('makes an Image with code, relocations and lines', () => {
    const image = link(moduleOf(), { verify: true });
    const [program] = image.programs;
    expect(image.sources).toEqual([source]);
    expect(program?.code.length).toBe(8 * 17);
    expect(program?.relocations).toEqual([
      { kind: 'map', slot: 4, map: 0 },
      { kind: 'tracepoint-field', slot: 13, into: 'off', tracepoint: 'a:b', field: 'c', value: 16 },
    ]);
    expect(program?.lines.at(-1)).toEqual({ slot: 15, location: { source: 0, start: 0, end: 8 } });
    expect(program?.functions).toEqual([{ name: 'kprobe_1', slot: 0, shape: 'entry' }]);
  });

  it('shows the intermediate form', () => {
    const module = moduleOf();
    link(module);
    expect(dumpIr(module)).toMatchInlineSnapshot(`
      "program kprobe_1: kprobe
      entry:
        %0 = argument 0
        ; count.bt:3  @[pid] = count();
        %1 = call bpf_get_current_pid_tgid()
        %2 = shr %1, 32  ; pid
        store u32 [&key] = %2
        %3 = call bpf_map_lookup_elem(map @, &key)
        branch %3 != 0 ? then : after
      then:  ; from entry
        %4 = load u64 [%3]
        %5 = add %4, 1
        store u64 [%3] = %5
        goto after
      after:  ; from entry, then
        %6 = load u32 [%0 + offset(a:b.c)]
        %7 = call bpf_trace_printk(%6)
        ; count.bt:1  kprobe:f
        return 0
      "
    `);
  });

  it('shows the instructions', () => {
    expect(dumpAsm(link(moduleOf()))).toMatchInlineSnapshot(`
      "program kprobe_1: kprobe, 17 instructions
      kprobe_1:
          0: (bf) r6 = r1
        ; count.bt:3:3  @[pid] = count()
          1: (85) call bpf_get_current_pid_tgid#14
          2: (77) r0 >>= 32
          3: (63) *(u32 *)(r10 -4) = r0
          4: (18) r1 = map @
          6: (bf) r2 = r10
          7: (07) r2 += -4
          8: (85) call bpf_map_lookup_elem#1
          9: (15) if r0 == 0x0 goto L13
         10: (79) r5 = *(u64 *)(r0 +0)
         11: (07) r5 += 1
         12: (7b) *(u64 *)(r0 +0) = r5
      L13:
         13: (61) r1 = *(u32 *)(r6 +16)                 ; offset(a:b.c)
         14: (85) call bpf_trace_printk#6
        ; count.bt:1:1  kprobe:f
         15: (b7) r0 = 0
         16: (95) exit
      "
    `);
  });
});
