import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  INT8,
  INT16,
  INT32,
  INT64,
  intType,
  stringType,
  type Type,
  tupleType,
  UINT8,
  UINT16,
  UINT32,
  UINT64,
} from '../../../image/index.ts';
import { arithmeticType, castable, holds, join, literalType, nameOf, promote, type TypeInfo, wrap } from './types.ts';

const literal = (value: bigint): TypeInfo => ({ type: literalType(value), constant: value });
const of = (type: Type): TypeInfo => ({ type });

describe('literals', () => {
  it.each([
    [0n, 'int8'],
    [127n, 'int8'],
    [128n, 'int16'],
    [-129n, 'int16'],
    [40000n, 'int32'],
    [1n << 31n, 'int64'],
    [(1n << 63n) - 1n, 'int64'],
    [1n << 63n, 'uint64'],
    [-(1n << 63n), 'int64'],
  ])('%s is %s', (value, name) => {
    expect(nameOf(literalType(value))).toBe(name);
  });

  it('have the smallest type that holds them', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), (value) => {
        const type = literalType(value);
        expect(holds(type, value)).toBe(true);
        if (type.size > 1 && type.signed) expect(holds(intType(type.size / 2, true), value)).toBe(false);
      }),
    );
  });
});

describe('promotion', () => {
  it.each<[TypeInfo, TypeInfo, string]>([
    [of(INT8), of(INT32), 'int32'],
    [of(UINT8), of(UINT64), 'uint64'],
    [of(INT8), of(UINT8), 'int16'],
    [of(INT64), of(UINT32), 'int64'],
    [of(INT16), of(UINT32), 'int64'],
    [of(INT64), of(UINT64), 'int64'],
    [literal(5n), of(UINT64), 'uint64'],
    [literal(300n), of(UINT8), 'uint16'],
    [literal(-1n), of(UINT32), 'int64'],
    [literal(5n), of(INT32), 'int32'],
  ])('of %o and %o is %s', (a, b, name) => {
    expect(nameOf(promote(a, b).type)).toBe(name);
    expect(nameOf(promote(b, a).type)).toBe(name);
  });

  it('says when no type holds both', () => {
    expect(promote(of(INT8), of(UINT64)).mixed).toBe(true);
    expect(promote(of(INT64), of(UINT32)).mixed).toBe(false);
    expect(promote(literal(1n), of(UINT64)).mixed).toBe(false);
  });

  it('holds all values of both, unless it is mixed', () => {
    const integer = fc.constantFrom(INT8, INT16, INT32, INT64, UINT8, UINT16, UINT32, UINT64);
    fc.assert(
      fc.property(integer, integer, fc.bigInt({ min: -(1n << 63n), max: (1n << 64n) - 1n }), (a, b, value) => {
        const { type, mixed } = promote(of(a), of(b));
        if (!mixed) expect(holds(type, wrap(a, value)) && holds(type, wrap(b, value))).toBe(true);
      }),
    );
  });
});

describe('arithmetic', () => {
  it.each<[string, TypeInfo, TypeInfo, Type]>([
    ['+', of(UINT32), of(UINT8), UINT64],
    ['+', of(UINT32), literal(1n), UINT64],
    ['-', of(UINT64), of(UINT64), INT64],
    ['*', of(INT8), of(UINT64), INT64],
    ['/', of(UINT64), literal(1000n), UINT64],
  ])('%s of %o and %o', (operator, a, b, type) => {
    expect(arithmeticType(operator, a, b)).toEqual(type);
  });
});

describe('join', () => {
  it.each<[Type, Type, string | undefined]>([
    [stringType(3), stringType(16), 'string[16]'],
    [tupleType([INT8, stringType(2)]), tupleType([INT32, stringType(5)]), '(int32,string[5])'],
    [tupleType([INT8]), tupleType([INT8, INT8]), undefined],
    [INT8, stringType(3), undefined],
    [{ kind: 'bool' }, INT8, undefined],
    [{ kind: 'kstack', mode: 'perf', limit: 3 }, { kind: 'kstack', mode: 'raw', limit: 3 }, undefined],
    [{ kind: 'kstack', mode: 'raw', limit: 5 }, { kind: 'kstack', mode: 'raw', limit: 3 }, 'kstack_t'],
  ])('of %o and %o', (a, b, name) => {
    const joined = join(of(a), of(b));
    expect(joined && nameOf(joined)).toBe(name);
  });
});

describe('casts', () => {
  const pointer: Type = { kind: 'pointer', to: INT32, space: 'kernel' };
  it.each<[Type, Type, boolean]>([
    [INT8, UINT64, true],
    [INT64, pointer, true],
    [pointer, UINT64, true],
    [{ kind: 'bool' }, INT32, true],
    [stringType(4), INT64, false],
    [INT64, stringType(4), false],
    [UINT64, { kind: 'array', element: INT8, length: 8 }, true],
    [UINT64, { kind: 'array', element: INT8, length: 4 }, false],
    [stringType(4), stringType(20), true],
    [{ kind: 'kstack', mode: 'raw', limit: 3 }, UINT64, false],
    [UINT64, { kind: 'username' }, true],
  ])('from %o to %o', (from, to, allowed) => {
    expect(castable(from, to)).toBe(allowed);
  });
});
