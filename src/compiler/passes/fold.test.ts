import { describe, expect, it } from 'vitest';
import type { FunctionBuilder } from '../builder.ts';
import type { BinaryKind, Instruction } from '../ir.ts';
import { afterPasses } from '../testing/functions.ts';
import { removeDeadCode } from './dead-code.ts';
import { fold } from './fold.ts';

/** What a value made of argument 0 becomes: the lines after the argument. */
function folded(make: (b: FunctionBuilder, x: Instruction) => Instruction): readonly string[] {
  const lines = afterPasses((b) => b.return(make(b, b.argument(0))), fold, removeDeadCode);
  return lines.filter((line) => line !== 'entry:' && !line.endsWith('argument 0'));
}

function binary(kind: BinaryKind, right: bigint | number): readonly string[] {
  return folded((b, x) => b.binary(kind, x, right));
}

describe('folding', () => {
  it('computes constants as BPF does', () => {
    const compute = (kind: BinaryKind, a: bigint, c: bigint) => folded((b) => b.binary(kind, b.const(a), c))[0];
    expect(compute('add', (1n << 64n) - 1n, 2n)).toBe('return 1');
    expect(compute('sub', 0n, 1n)).toBe('return -1');
    expect(compute('mul', 1n << 63n, 2n)).toBe('return 0');
    expect(compute('div', 7n, 0n)).toBe('return 0');
    expect(compute('mod', 7n, 0n)).toBe('return 7');
    expect(compute('shl', 1n, 65n)).toBe('return 2');
    expect(compute('sar', -8n, 1n)).toBe('return -4');
    expect(compute('shr', -8n, 60n)).toBe('return 15');
    expect(folded((b) => b.extend(b.const(0x80), 1, true))).toEqual(['return -128']);
    expect(folded((b) => b.extend(b.const(-1), 2, false))).toEqual(['return 65535']);
    expect(folded((b) => b.swap(b.const(0x0102), 2))).toEqual(['return 513']);
  });

  it('knows identities', () => {
    for (const [kind, right] of [
      ['add', 0],
      ['sub', 0],
      ['mul', 1],
      ['div', 1],
      ['or', 0],
      ['xor', 0],
      ['and', -1],
      ['shl', 64],
      ['mod', 0],
    ] as const) {
      expect(binary(kind, right)).toEqual(['return %0']);
    }
    expect(binary('mul', 0)).toEqual(['return 0']);
    expect(binary('mod', 1)).toEqual(['return 0']);
    expect(binary('and', 0)).toEqual(['return 0']);
    expect(folded((b, x) => b.sub(x, x))).toEqual(['return 0']);
    expect(folded((b, x) => b.binary('xor', x, x))).toEqual(['return 0']);
    expect(folded((b, x) => b.and(x, x))).toEqual(['return %0']);
  });

  it('makes cheaper operations of powers of two', () => {
    expect(binary('mul', 8)).toEqual(['%1 = shl %0, 3', 'return %1']);
    expect(binary('div', 4096)).toEqual(['%1 = shr %0, 12', 'return %1']);
    expect(binary('mod', 16)).toEqual(['%1 = and %0, 15', 'return %1']);
    expect(binary('mod', 10)).toEqual(['%1 = mod %0, 10', 'return %1']);
  });

  it('puts constants to the right and joins additions', () => {
    expect(folded((b, x) => b.add(b.const(5), x))).toEqual(['%1 = add %0, 5', 'return %1']);
    expect(folded((b, x) => b.sub(b.add(x, 5), 2))).toEqual(['%1 = add %0, 3', 'return %1']);
    expect(folded((b, x) => b.add(b.sub(x, 5), 5))).toEqual(['return %0']);
  });

  it('leaves a sum alone that is compared, because its bounds are known', () => {
    const lines = afterPasses(
      (b) => {
        const x = b.add(b.argument(0), 5);
        const [small, big] = [b.block('small'), b.block('big')];
        b.branch('lt', x, 10, small, big);
        b.enter(small);
        b.return(b.add(x, 3));
        b.enter(big);
        b.return(0);
      },
      fold,
      removeDeadCode,
    );
    expect(lines).toContain('%2 = add %1, 3');
  });

  it('drops extensions and masks of what is narrow already', () => {
    expect(folded((b, x) => b.extend(b.load(4, x), 4, false))).toEqual(['%1 = load u32 [%0]', 'return %1']);
    expect(folded((b, x) => b.and(b.load(1, x), 0xffff))).toEqual(['%1 = load u8 [%0]', 'return %1']);
    expect(folded((b, x) => b.extend(b.load(2, x), 4, true))).toEqual(['%1 = load u16 [%0]', 'return %1']);
    expect(folded((b, x) => b.extend(b.load(4, x), 4, true))).toEqual([
      '%1 = load u32 [%0]',
      '%2 = s32 %1',
      'return %2',
    ]);
    expect(folded((b, x) => b.extend(b.extend(x, 4, true), 2, false))).toEqual(['%1 = u16 %0', 'return %1']);
    expect(folded((b, x) => b.and(x, 0xffffffffn))).toEqual(['%1 = u32 %0', 'return %1']);
  });

  it('drops an extension that is shifted out', () => {
    expect(folded((b, x) => b.binary('shl', b.extend(x, 4, true), 61))).toEqual(['%1 = shl %0, 61', 'return %1']);
    expect(folded((b, x) => b.binary('shl', b.extend(x, 2, false), 40))).toContain('%1 = u16 %0');
  });

  it('keeps a mask where the verifier of old kernels knows no bounds', () => {
    expect(folded((b, x) => b.and(b.binary('mod', x, 10), 15))).toContain('%2 = and %1, 15');
    expect(folded((b, x) => b.and(b.swap(x, 2), 0xffff))).toContain('%2 = and %1, 65535');
  });

  it('moves constants into offsets of loads and stores', () => {
    expect(folded((b, x) => b.load(8, b.add(x, 16), 8))).toEqual(['%1 = load u64 [%0 + 24]', 'return %1']);
    const far = folded((b, x) => b.load(8, b.add(x, 40000)));
    expect(far).toEqual(['%1 = add %0, 40000', '%2 = load u64 [%1]', 'return %2']);
    const stored = afterPasses(
      (b) => {
        b.store(4, b.add(b.argument(0), 16), 4, b.extend(b.argument(0), 4, false));
        b.return(0);
      },
      fold,
      removeDeadCode,
    );
    expect(stored).toContain('store u32 [%0 + 20] = %0');
  });

  it('moves the offset of a field into the load', () => {
    const relocation = { kind: 'field', type: 'struct file', path: 'f_mode', what: 'byte-offset', value: 20 } as const;
    expect(folded((b, x) => b.load(4, b.add(x, b.relocated(relocation, 20))))).toEqual([
      '%1 = load u32 [%0 + offset(struct file.f_mode)]',
      'return %1',
    ]);
  });

  it('tests bits where a mask is compared with zero', () => {
    const lines = afterPasses((b) => b.return(b.compare('eq', b.and(b.argument(0), 4), 0)), fold, removeDeadCode);
    expect(lines).toContain('branch %0 & 4 ? else : then');
  });
});
