import { describe, expect, test } from 'vitest';
import { INT64, sizeOf, stringType, UINT64 } from '../../image/index.ts';
import {
  aggregate,
  callSubprogram,
  comm,
  forEachEntry,
  forRange,
  load,
  loop,
  registerOf,
  scalar,
  store,
  subprogram,
  writeMap,
} from './index.ts';
import { emit, opaque, runProgram, skipReason, testModule, testWith, title } from './testing/kernel-run.ts';

describe.skipIf(skipReason)(title('loops and functions'), () => {
  for (const [name, from, to] of [
    ['walked', 2, 10],
    ['called', 2, 5000],
    ['empty', 5, 5],
  ] as const) {
    testWith(name === 'called' ? ['loop'] : [], `a ${name} range`, () => {
      const { values } = runProgram((p) => {
        const { b } = p;
        const sum = b.variable('$sum');
        const factor = b.variable('$factor');
        b.write(sum, b.const(0));
        b.write(factor, opaque(p, 3));
        const limit = name === 'called' ? opaque(p, to) : b.const(to);
        forRange(p, b.const(from), limit, { reads: [factor], writes: [sum] }, (q, at, control) => {
          q.b.if('eq', at, 4, () => control.continue());
          q.b.if('eq', at, 4000, () => control.break());
          q.b.write(sum, q.b.add(q.b.read(sum), q.b.binary('mul', at, q.b.read(factor))));
        });
        emit(p, scalar(INT64, b.read(sum)));
      });
      let expected = 0;
      for (let at: number = from; at < to && at !== 4000; at++) if (at !== 4) expected += at * 3;
      expect(values).toEqual([[BigInt(expected)]]);
    });
  }

  testWith(['loop'], 'a range that the kernel does not walk', () => {
    const { values, records } = runProgram((p) => {
      const { b } = p;
      const rounds = b.variable('$rounds');
      b.write(rounds, b.const(0));
      forRange(p, opaque(p, 0), opaque(p, 2 ** 30), { reads: [], writes: [rounds] }, (q) => {
        q.b.write(rounds, q.b.add(q.b.read(rounds), 1));
      });
      emit(p, scalar(INT64, b.read(rounds)));
    });
    expect(values).toEqual([[0n]]);
    expect(records[0]!.definition).toMatchObject({ kind: 'problem', helper: 'loop' });
    expect(records[0]!.fields).toEqual([-7n]);
  });

  testWith(['loop'], 'loops in loops, variables in scratch space, leaving the program from inside', () => {
    const { values } = runProgram((p) => {
      const { b } = p;
      const count = b.variable('$count');
      b.write(count, b.const(0));
      const name = p.local(16);
      store(p, p.at(name), stringType(16), comm(p));
      const captured = { reads: [], writes: [count] };
      forRange(p, opaque(p, 0), opaque(p, 100), captured, (q, at) => {
        const row = q.b.variable('$row');
        q.b.write(row, at);
        forRange(q, opaque(q, 0), opaque(q, 100), { reads: [row], writes: [count] }, (r, column) => {
          r.b.write(count, r.b.add(r.b.read(count), 1));
          const at = r.b.add(r.b.binary('mul', r.b.read(row), 100), column);
          r.b.if('eq', at, 250, () => {
            emit(r, scalar(INT64, at), scalar(INT64, r.b.read(count)), load(r, stringType(16), r.at(name)));
            r.exit();
          });
        });
      });
      emit(p, scalar(INT64, b.const(-1)));
    });
    expect(values).toEqual([[250n, 251n, expect.any(String)]]);
  });

  testWith(['for-each-map-elem', 'map-lookup-percpu-elem'], 'entries of maps', () => {
    const module = testModule();
    const plain = module.scriptMap({
      name: '@p',
      key: stringType(8),
      value: { kind: 'plain', type: INT64 },
      maxEntries: 9,
    });
    const counts = module.scriptMap({
      name: '@c',
      key: INT64,
      value: { kind: 'aggregation', aggregation: { kind: 'count' } },
      maxEntries: 9,
    });
    const { values } = runProgram(
      (p) => {
        const key = p.local(8);
        for (const digit of [1, 2, 3]) {
          p.scope(() => {
            store(p, p.at(key), UINT64, scalar(UINT64, opaque(p, 0x60 + digit)));
            writeMap(p, plain, { ...load(p, stringType(8), p.at(key)) }, scalar(INT64, opaque(p, digit * 10)));
            for (let round = 0; round < digit; round++) aggregate(p, counts, scalar(INT64, opaque(p, digit)));
          });
        }
        const sum = p.b.variable('$sum');
        p.b.write(sum, p.b.const(0));
        const captured = { reads: [], writes: [sum] };
        forEachEntry(p, plain, captured, (q, name, value) => {
          emit(q, name, value);
          q.b.write(sum, q.b.add(q.b.read(sum), registerOf(value)));
        });
        forEachEntry(p, counts, captured, (q, number, value) => {
          emit(q, number, value);
          q.b.write(sum, q.b.add(q.b.read(sum), registerOf(value)));
        });
        emit(p, scalar(INT64, p.b.read(sum)));
      },
      { module },
    );
    expect(values.slice(0, 3).sort()).toEqual([
      ['a', 10n],
      ['b', 20n],
      ['c', 30n],
    ]);
    expect(values.slice(3, 6).sort()).toEqual([
      [1n, 1n],
      [2n, 2n],
      [3n, 3n],
    ]);
    expect(values[6]).toEqual([66n]);
  });

  test('while', () => {
    const { values } = runProgram((p) => {
      const { b } = p;
      const i = b.variable('$i');
      b.write(i, b.const(0));
      loop(
        p,
        () => ({ condition: 'lt', a: b.read(i), b: 100 }),
        (control) => {
          b.write(i, b.add(b.read(i), 1));
          b.if('eq', b.read(i), 42, () => control.break());
        },
      );
      emit(p, scalar(INT64, b.read(i)));
    });
    expect(values).toEqual([[42n]]);
  });

  test('functions of the script', () => {
    const { values } = runProgram((p) => {
      const add = subprogram(p, 2);
      const { b } = add.builder;
      const [x, y] = add.parameters;
      emit(add.builder, scalar(INT64, x!));
      b.return(b.add(x!, y!));
      emit(
        p,
        callSubprogram(p, add, [opaque(p, 2), opaque(p, 3)], INT64),
        callSubprogram(p, add, [opaque(p, 4), opaque(p, 5)], INT64),
      );
    });
    expect(values).toEqual([[2n], [4n], [5n, 9n]]);
  });

  testWith(['loop'], 'scratch space of more than one map', () => {
    const { values, image } = runProgram((p) => {
      const type = stringType(8192);
      const locals = Array.from({ length: 7 }, () => p.local(sizeOf(type)));
      locals.forEach((local, index) => {
        const place = p.at(local);
        p.b.store(8, place.base, place.offset, opaque(p, 0x61 + index));
      });
      const last = locals.at(-1)!;
      const seen = p.b.variable('$seen');
      p.b.write(seen, p.b.const(0));
      forRange(p, opaque(p, 0), opaque(p, 50), { reads: [], writes: [seen] }, (q) => {
        const place = q.at(last);
        q.b.write(seen, q.b.add(q.b.read(seen), q.b.load(1, place.base, place.offset)));
      });
      emit(p, ...locals.map((local) => ({ ...load(p, stringType(2), p.at(local)) })), scalar(INT64, p.b.read(seen)));
    });
    expect(values).toEqual([['a', 'b', 'c', 'd', 'e', 'f', 'g', BigInt(50 * 0x67)]]);
    expect(image.maps.filter(({ kind }) => kind === 'percpu_array').map(({ valueSize }) => valueSize <= 32768)).toEqual(
      [true, true],
    );
  });
});
