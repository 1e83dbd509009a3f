import { describe, expect, test } from 'vitest';
import { INT64, type MapValue, stringType } from '../image/index.ts';
import { dumpIr } from './dump-ir.ts';
import { optimiseModule } from './link.ts';
import {
  aggregate,
  changeMap,
  comm,
  constantString,
  equalStrings,
  type ModuleBuilder,
  ProgramBuilder,
  pid,
  sendRecord,
} from './operations/index.ts';
import { testModule } from './operations/testing/module.ts';

const COUNT: MapValue = { kind: 'aggregation', aggregation: { kind: 'count' } };

/** The helpers that a program calls, in the order of the dump, without those of the prologue. */
function helpersOf(body: (p: ProgramBuilder, module: ModuleBuilder) => void): string[] {
  const module = testModule();
  const p = new ProgramBuilder(module, { name: 'test', kind: 'raw_tracepoint' });
  p.start();
  body(p, module);
  p.finish([]);
  const finished = module.finish();
  optimiseModule(finished, { verify: true });
  return [...dumpIr(finished).matchAll(/\b(?:bpf_)?(map_\w+|get_\w+|ringbuf_\w+|probe_\w+)\(/g)]
    .map(([, name]) => name!)
    .slice(1);
}

describe('program', () => {
  test('temporary memory is used again after its scope', () => {
    const p = new ProgramBuilder(testModule(), { name: 'test', kind: 'raw_tracepoint' });
    p.start();
    const slots = [1, 2].map(() => {
      const { base } = p.scope(() => p.stack(16));
      return base.op === 'slot' ? base.slot : undefined;
    });
    expect(slots[0]).toBeDefined();
    expect(slots[0]).toBe(slots[1]);
    const [a, b] = [p.local(64), p.local(64)];
    expect(b.offset).toBe(a.offset + 64);
    expect(p.scope(() => p.local(64)).offset).toBe(p.scope(() => p.local(64)).offset);
  });

  test('small values live on the stack, large ones in scratch space', () => {
    const p = new ProgramBuilder(testModule(), { name: 'test', kind: 'raw_tracepoint' });
    p.start();
    expect(p.temp(32).base.op).toBe('slot');
    expect(p.temp(33).base).toBe(p.frame);
  });

  test('a scalar aggregation is one lookup', () => {
    const used = helpersOf((p, module) =>
      aggregate(p, module.scriptMap({ name: '@', value: COUNT, maxEntries: 1 }), undefined),
    );
    expect(used).toEqual(['map_lookup_elem']);
  });

  test('a scalar variable is none', () => {
    const value: MapValue = { kind: 'plain', type: INT64 };
    const used = helpersOf((p, module) => {
      changeMap(p, module.scriptMap({ name: '@', value, maxEntries: 1 }), undefined, (old) => p.b.add(old, 1));
    });
    expect(used).toEqual([]);
  });

  test('a string goes straight into the key', () => {
    const used = helpersOf((p, module) => {
      aggregate(p, module.scriptMap({ name: '@', key: stringType(16), value: COUNT, maxEntries: 1 }), comm(p));
    });
    expect(used.slice(0, 3)).toEqual(['get_current_comm', 'map_lookup_elem', 'map_update_elem']);
  });

  test('a small record is written in the ring', () => {
    const used = helpersOf((p) => sendRecord(p, { kind: 'printf', format: '', stream: 'out' }, [pid(p), comm(p)]));
    expect(used).toEqual(['get_current_pid_tgid', 'ringbuf_reserve', 'get_current_comm', 'ringbuf_submit']);
  });

  test('a constant is compared without memory', () => {
    const p = new ProgramBuilder(testModule(), { name: 'test', kind: 'raw_tracepoint' });
    p.start();
    p.filter(equalStrings(p, comm(p), constantString(p, 'bash')));
    p.finish([]);
    const finished = p.module.finish();
    optimiseModule(finished);
    expect(dumpIr(finished)).toMatch(/0x68736162|1752392034/);
  });
});
