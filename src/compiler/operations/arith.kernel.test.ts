import { describe, expect, test } from 'vitest';
import { INT64, UINT64 } from '../../image/index.ts';
import { type ArithmeticOperator, arithmetic, byteSwap, cast, DIVISION_BY_ZERO, scalar } from './index.ts';
import { emit, opaque, runProgram, skipReason, testModule, title } from './testing/kernel-run.ts';

const NUMBERS = [
  0n,
  1n,
  2n,
  3n,
  7n,
  -1n,
  -2n,
  -7n,
  100n,
  2n ** 31n,
  -(2n ** 31n),
  2n ** 62n,
  2n ** 63n - 1n,
  -(2n ** 63n),
];

describe.skipIf(skipReason)(title('arithmetic'), () => {
  for (const [operator, signed] of [
    ['/', true],
    ['%', true],
    ['/', false],
    ['%', false],
  ] as [ArithmeticOperator, boolean][]) {
    test(`${signed ? 'signed' : 'unsigned'} ${operator}`, () => {
      const pairs = NUMBERS.flatMap((a) => NUMBERS.filter((b) => b !== 0n).map((b) => [a, b] as const));
      const module = testModule();
      const { values } = runProgram(
        (p) => {
          for (const [a, b] of pairs) {
            p.scope(() => emit(p, scalar(INT64, arithmetic(p, operator, opaque(p, a), p.b.const(b), signed))));
          }
        },
        { module },
      );
      const wrap = (value: bigint) => (signed ? value : BigInt.asUintN(64, value));
      expect(values.map(([value]) => value)).toEqual(
        pairs.map(([a, b]) => BigInt.asIntN(64, operator === '/' ? wrap(a) / wrap(b) : wrap(a) % wrap(b))),
      );
    });
  }

  test('division by zero divides by one and says so', () => {
    const { values, records } = runProgram((p) => {
      const zero = opaque(p, 0n);
      emit(p, scalar(INT64, arithmetic(p, '/', p.b.const(-7n), zero, true)));
      emit(p, scalar(INT64, arithmetic(p, '%', p.b.const(7n), zero, false)));
    });
    expect(values).toEqual([[-7n], [0n]]);
    const problems = records.filter(({ definition }) => definition.kind === 'problem');
    expect(problems.map(({ definition }) => definition)).toMatchObject([
      { message: DIVISION_BY_ZERO },
      { message: DIVISION_BY_ZERO },
    ]);
  });

  test('casts cut and extend', () => {
    const int = (size: 1 | 2 | 4 | 8, signed: boolean) => ({ kind: 'int', size, signed }) as const;
    const cases = [
      [-1n, INT64, int(1, false), 0xffn],
      [-1n, int(1, true), int(4, false), 0xffffffffn],
      [0x180n, INT64, int(1, true), -128n],
      [0xffffn, int(2, false), int(8, true), 0xffffn],
      [0xffffn, int(2, false), int(2, true), -1n],
      [5n, INT64, { kind: 'bool' }, 1n],
      [0n, INT64, { kind: 'bool' }, 0n],
    ] as const;
    const { values } = runProgram((p) => {
      for (const [value, from, to] of cases) emit(p, scalar(INT64, cast(p, opaque(p, value), from, to)));
      emit(p, scalar(UINT64, byteSwap(p, opaque(p, 0x12345678n), 4)));
    });
    expect(values.map(([value]) => value)).toEqual([...cases.map(([, , , expected]) => expected), 0x78563412n]);
  });
});
