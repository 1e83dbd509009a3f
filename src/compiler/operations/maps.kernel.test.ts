import { describe, expect, test } from 'vitest';
import { INT8, INT32, INT64, stringType, type Type, tupleType, UINT64 } from '../../image/index.ts';
import {
  build,
  changeMap,
  comm,
  constantString,
  deferred,
  deleteKey,
  fieldOf,
  findKey,
  hasKey,
  inMemory,
  load,
  mapLength,
  readMap,
  type ScriptMap,
  scalar,
  store,
  writeMap,
} from './index.ts';
import {
  emit,
  entriesOf,
  opaque,
  readValue,
  runProgram,
  skipReason,
  testModule,
  testWith,
  title,
} from './testing/kernel-run.ts';

function plain(type: Type, key?: Type): { module: ReturnType<typeof testModule>; map: ScriptMap } {
  const module = testModule();
  const map = module.scriptMap({ name: '@m', ...(key ? { key } : {}), value: { kind: 'plain', type }, maxEntries: 10 });
  return { module, map };
}

describe.skipIf(skipReason)(title('maps'), () => {
  testWith(['for-each-map-elem'], 'a missing key reads as zero, and what was written is read', () => {
    const { module, map } = plain(INT32, INT64);
    const { values } = runProgram(
      (p) => {
        const key = scalar(INT64, opaque(p, 5));
        emit(p, readMap(p, map, key), scalar(UINT64, hasKey(p, map, key)));
        writeMap(p, map, key, scalar(INT64, opaque(p, -3)));
        emit(p, readMap(p, map, key), scalar(UINT64, hasKey(p, map, key)));
        emit(p, scalar(UINT64, deleteKey(p, map, key)), scalar(UINT64, deleteKey(p, map, key)));
        emit(p, readMap(p, map, key), scalar(UINT64, mapLength(p, map)));
      },
      { module },
    );
    expect(values).toEqual([
      [0n, 0n],
      [-3n, 1n],
      [1n, 0n],
      [0n, 0n],
    ]);
  });

  test('scalar maps keep their value from run to run', () => {
    const { module, map } = plain(INT64);
    const { values } = runProgram(
      (p) => {
        const { before, after } = changeMap(p, map, undefined, (old) => p.b.add(old, 1));
        emit(p, scalar(INT64, before), scalar(INT64, after), readMap(p, map));
      },
      { module, times: 3 },
    );
    expect(values).toEqual([
      [0n, 1n, 1n],
      [1n, 2n, 2n],
      [2n, 3n, 3n],
    ]);
  });

  testWith(['for-each-map-elem'], 'narrow integers wrap', () => {
    const { module, map } = plain(INT8, INT64);
    const { values } = runProgram(
      (p) => {
        const key = scalar(INT64, opaque(p, 1));
        for (const by of [100, 100]) changeMap(p, map, key, (old) => p.b.add(old, by));
        emit(p, readMap(p, map, key), scalar(UINT64, mapLength(p, map)));
      },
      { module },
    );
    expect(values).toEqual([[-56n, 1n]]);
  });

  test('strings as keys and values', () => {
    const { module, map } = plain(stringType(32), stringType(16));
    const outcome = runProgram(
      (p) => {
        writeMap(p, map, comm(p), constantString(p, 'a value'));
        emit(p, readMap(p, map, comm(p)), readMap(p, map, constantString(p, 'missing')));
        writeMap(p, map, constantString(p, 'k'), comm(p));
      },
      { module },
    );
    expect(outcome.values).toEqual([['a value', '']]);
    const keys = entriesOf(outcome.snapshot(map)).map(({ key }) => readValue(stringType(16), key));
    expect(keys).toContain('k');
    expect(
      entriesOf(outcome.snapshot(map))
        .find(({ key }) => key[0] === 107)!
        .key.slice(1)
        .every((byte) => byte === 0),
    ).toBe(true);
  });

  test('tuples are converted field by field', () => {
    const wide = tupleType([INT64, stringType(24)]);
    const narrow = tupleType([INT8, stringType(4)]);
    const { module, map } = plain(wide, INT64);
    const { values } = runProgram(
      (p) => {
        const key = scalar(INT64, opaque(p, 1));
        writeMap(p, map, key, build(p, narrow, [scalar(INT8, opaque(p, -2)), constantString(p, 'abc')]));
        emit(p, readMap(p, map, key));
        const value = inMemory(p, readMap(p, map, key));
        emit(p, fieldOf(p, value, wide.fields[0]!), fieldOf(p, value, wide.fields[1]!));
      },
      { module },
    );
    expect(values).toEqual([[[-2n, 'abc']], [-2n, 'abc']]);
  });

  test('a scalar tuple can be swapped with itself', () => {
    const pair = tupleType([INT64, INT64]);
    const { module, map } = plain(pair);
    const { values } = runProgram(
      (p) => {
        const numbers = [scalar(INT64, opaque(p, 1)), scalar(INT64, opaque(p, 2))];
        writeMap(p, map, undefined, build(p, pair, numbers));
        const swapped = deferred(pair, (place) => {
          const old = inMemory(p, readMap(p, map));
          for (const [to, from] of [
            [0, 1],
            [1, 0],
          ] as const) {
            store(p, { ...place, offset: place.offset + to * 8 }, INT64, fieldOf(p, old, pair.fields[from]!));
          }
          return undefined;
        });
        writeMap(p, map, undefined, swapped);
        emit(p, readMap(p, map));
      },
      { module },
    );
    expect(values).toEqual([[[2n, 1n]]]);
  });

  test('find runs only for keys that are there', () => {
    const { module, map } = plain(INT64, INT64);
    const { values } = runProgram(
      (p) => {
        writeMap(p, map, scalar(INT64, opaque(p, 1)), scalar(INT64, opaque(p, 11)));
        const found = p.local(8);
        p.b.store(8, p.at(found).base, p.at(found).offset, 99);
        for (const key of [2, 1]) {
          const there = findKey(p, map, scalar(INT64, opaque(p, key)), (value) => store(p, p.at(found), INT64, value));
          emit(p, scalar(UINT64, there), load(p, INT64, p.at(found)));
        }
      },
      { module },
    );
    expect(values).toEqual([
      [0n, 99n],
      [1n, 11n],
    ]);
  });

  test('a full map reports failed updates', () => {
    const { module, map } = plain(INT64, INT64);
    const { counters, records } = runProgram(
      (p) => {
        for (let key = 0; key < 13; key++) writeMap(p, map, scalar(INT64, opaque(p, key)), scalar(INT64, opaque(p, 1)));
      },
      { module },
    );
    expect(counters.mapFailed).toBe(3n);
    expect(records.map(({ fields }) => fields)).toEqual([[-7n]]);
  });

  test('values of a kilobyte are copied whole', () => {
    const { module, map } = plain(stringType(1024), INT64);
    const text = 'x'.repeat(1000);
    const { values } = runProgram(
      (p) => {
        const key = scalar(INT64, opaque(p, 1));
        writeMap(p, map, key, constantString(p, text, 1024));
        emit(p, readMap(p, map, key));
        emit(p, readMap(p, map, scalar(INT64, opaque(p, 2))));
      },
      { module },
    );
    expect(values).toEqual([[text], ['']]);
  });

  test('a histogram without a key is cleared by user space', () => {
    const module = testModule();
    const value = { kind: 'aggregation', aggregation: { kind: 'hist', bits: 0 } } as const;
    const map = module.scriptMap({ name: '@', value, maxEntries: 1 });
    const { records } = runProgram((p) => deleteKey(p, map), { module });
    expect(records.map(({ definition }) => definition)).toEqual([{ kind: 'clear-map', map: map.index, fields: [] }]);
  });

  test('a missing key is reported when the run asks for it', () => {
    const module = testModule({ reportFailures: true });
    const map = module.scriptMap({ name: '@', key: INT64, value: { kind: 'plain', type: INT64 }, maxEntries: 9 });
    const { records } = runProgram(
      (p) => {
        emit(p, readMap(p, map, scalar(INT64, opaque(p, 1))));
        deleteKey(p, map, scalar(INT64, opaque(p, 1)));
      },
      { module },
    );
    const problems = records.map(({ definition }) => definition).filter(({ kind }) => kind === 'problem');
    expect(problems).toMatchObject([
      { helper: 'map_lookup_elem', message: "Can't lookup map element because it does not exist." },
      { helper: 'map_delete_elem', message: "Can't delete map element because it does not exist." },
    ]);
  });
});
