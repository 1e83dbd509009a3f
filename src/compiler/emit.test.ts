import { describe, expect, it } from 'vitest';
import { disassemble } from '../isa/disassemble.ts';
import { allocate } from './allocate.ts';
import type { FunctionBuilder } from './builder.ts';
import { type EmittedProgram, emitProgram } from './emit.ts';
import { CompileError } from './error.ts';
import { functionsOf } from './functions.ts';
import { optimise } from './optimise.ts';
import { select } from './select.ts';
import { makeFunction } from './testing/functions.ts';

function emitted(body: (b: FunctionBuilder) => void): EmittedProgram {
  const func = makeFunction(body);
  for (const one of functionsOf(func)) optimise(one, { verify: true });
  return emitProgram(
    functionsOf(func).map((one) => {
      const machine = select(one);
      allocate(machine);
      return machine;
    }),
  );
}

function lines(body: (b: FunctionBuilder) => void): string[] {
  const text = disassemble(emitted(body).code, { opcodes: false, indices: false, labels: true });
  return text.trimEnd().split('\n');
}

describe('emission', () => {
  it('counts by process in as few instructions as can be', () => {
    const counting = lines((b) => {
      const key = b.slot(4, 4, 'key');
      b.store(4, key, 0, b.binary('shr', b.call(14), 32));
      const entry = b.call(1, b.map(0), key);
      b.if('ne', entry, 0, () => b.store(8, entry, 0, b.add(b.load(8, entry), 1)));
      b.return(0);
    });
    expect(counting).toEqual([
      'call bpf_get_current_pid_tgid#14',
      'r0 >>= 32',
      '*(u32 *)(r10 -4) = r0',
      'r1 = map[fd:0]',
      'r2 = r10',
      'r2 += -4',
      'call bpf_map_lookup_elem#1',
      'if r0 == 0x0 goto L12',
      'r5 = *(u64 *)(r0 +0)',
      'r5 += 1',
      '*(u64 *)(r0 +0) = r5',
      'L12:',
      'r0 = 0',
      'exit',
    ]);
  });

  it('keeps what lives over calls in R6 to R9, the context first', () => {
    expect(lines((b) => b.return(b.load(8, b.argument(0), Number(b.call(5).id >= 0) * 8)))).toEqual([
      'r6 = r1',
      'call bpf_ktime_get_ns#5',
      'r0 = *(u64 *)(r6 +8)',
      'exit',
    ]);
  });

  it('compares 32 bits where an int is compared', () => {
    const int = (value: number) =>
      lines((b) => {
        b.if('slt', b.extend(b.call(5), 4, true), value, () => b.call(7));
        b.return(0);
      });
    expect(int(-5)).toContain('if w0 s>= 0xfffffffb goto L3');
  });

  it('stores constants without a register, and makes wide ones', () => {
    const stores = lines((b) => {
      const p = b.argument(0);
      b.store(8, p, 0, -1);
      b.store(1, p, 8, 0x1ff);
      b.store(8, p, 16, 0xffff_ffffn);
      b.store(8, p, 24, 0x1234_5678_9abc_def0n);
      b.return(0xffff_ffffn);
    });
    expect(stores).toEqual([
      '*(u64 *)(r1 +0) = -1',
      '*(u8 *)(r1 +8) = -1',
      'w0 = -1',
      '*(u64 *)(r1 +16) = r0',
      'r0 = 0x123456789abcdef0',
      '*(u64 *)(r1 +24) = r0',
      'w0 = -1',
      'exit',
    ]);
  });

  it('puts the test of a loop behind its body', () => {
    const loop = lines((b) => {
      const i = b.variable('i');
      b.write(i, b.const(0));
      const [head, body, after] = [b.block('loop'), b.block('body'), b.block('after')];
      b.jump(head);
      b.enter(head, true);
      b.branch('lt', b.read(i), 10, body, after);
      b.enter(body);
      b.call(7);
      b.write(i, b.add(b.read(i), 1));
      b.jump(head);
      b.seal(head);
      b.enter(after);
      b.return(0);
    });
    expect(loop).toEqual([
      'r6 = 0',
      'goto L5',
      'L2:',
      'call bpf_get_prandom_u32#7',
      'r6 += 1',
      'goto L5',
      'L5:',
      'if r6 < 0xa goto L2',
      'r0 = 0',
      'exit',
    ]);
  });

  it('puts functions behind the entry and counts the way to them', () => {
    const callee = makeFunction((b) => b.return(b.add(b.argument(0), 1)));
    const program = emitted((b) => {
      b.call(181, 10, b.functionAddress(callee), 0, 0);
      b.return(b.callFunction(callee, b.const(1)));
    });
    expect(program.functions.map(({ slot }) => slot)).toEqual([0, 9]);
    expect(program.code[1]).toMatchObject({ code: 0x18, src: 4, imm: 9 - 2 });
    expect(program.code[7]).toMatchObject({ code: 0x85, src: 1, imm: 9 - 8 });
  });

  it('says where relocations are', () => {
    const field = { kind: 'field', type: 'struct file', path: 'f_mode', what: 'byte-offset', value: 20 } as const;
    const program = emitted((b) => {
      const p = b.argument(0);
      b.call(6, b.load(4, b.add(p, b.relocated(field, 20))), b.add(p, b.relocated(field, 20)), b.relocated(field, 20));
      b.call(6, b.relocated({ kind: 'parameter', parameter: 'self-pid' }, 7), b.map(3), b.mapValue(2, 8));
      b.return(0);
    });
    const at = (slot: number) => program.code[slot]!;
    for (const relocation of program.relocations) {
      const { code, off, imm } = at(relocation.slot);
      switch (relocation.kind) {
        case 'field':
          expect(relocation.into === 'off' ? off : imm).toBe(20);
          expect(code & 0x07).toBe(relocation.into === 'off' ? 0x01 : 0x07);
          break;
        default:
          expect(code).toBe(0x18);
      }
    }
    expect(program.relocations.map(({ kind }) => kind).sort()).toEqual([
      'field',
      'field',
      'field',
      'map',
      'map-value',
      'parameter',
    ]);
  });

  it('makes a line for each change of place', () => {
    const source = { name: 'stdin', text: 'abcdef' };
    const program = emitted((b) => {
      b.span = { source, start: 0, end: 2 };
      b.call(5);
      b.call(7);
      b.span = { source, start: 2, end: 4 };
      b.call(5);
      b.return(0);
    });
    expect(program.lines.map(({ slot, span }) => [slot, span.start])).toEqual([
      [0, 0],
      [2, 2],
    ]);
  });

  it('says when the stack or a jump is too long', () => {
    const large = () =>
      emitted((b) => {
        for (let index = 0; index < 5; index++) b.call(4, b.slot(128, 8, 'buffer'), 128, b.argument(0));
        b.return(0);
      });
    expect(large).toThrow(CompileError);
    expect(large).toThrow('test needs 640 bytes of stack, but BPF has only 512');
    const far = () =>
      emitted((b) => {
        b.if('eq', b.argument(0), 0, () => {
          for (let index = 0; index < 33_000; index++) b.call(7);
        });
        b.return(0);
      });
    expect(far).toThrow(/test is too large: a jump over 330\d\d instructions/);
  });
});
