import { describe, expect, test } from 'vitest';
import { INT64, stringType, tupleType, UINT8, UINT64 } from '../../image/index.ts';
import {
  bufferOf,
  build,
  comm,
  constantString,
  currentTask,
  element,
  exitRun,
  inetAddress,
  inMemory,
  kernelStack,
  macAddress,
  memory,
  nanoseconds,
  OUT_OF_BOUNDS,
  type ProgramBuilder,
  pid,
  printMap,
  printTime,
  printValue,
  read,
  readBuffer,
  readString,
  registerOf,
  scalar,
  storeBytes,
  tid,
  uid,
  userAddress,
  userStack,
} from './index.ts';
import { emit, opaque, runProgram, skipReason, testModule, testWith, title } from './testing/kernel-run.ts';

describe.skipIf(skipReason)(title('records, reads and builtins'), () => {
  test('counts hits, records and what was filtered', () => {
    const { counters } = runProgram(
      (p) => {
        emit(p, scalar(INT64, opaque(p, 1)));
        p.filter(opaque(p, 0));
        emit(p, scalar(INT64, opaque(p, 2)));
      },
      { times: 3 },
    );
    expect(counters).toMatchObject({ hits: 3n, filtered: 3n, sent: 3n, lost: 0n, faults: 0n });
  });

  test('records that find no room are counted as lost', () => {
    const module = testModule({ settings: { ...testModule().options.settings, ringBytes: 4096 } });
    const { counters, records } = runProgram(
      (p) => {
        for (let round = 0; round < 10; round++)
          emit(p, constantString(p, 'x'.repeat(999), 1000), scalar(INT64, opaque(p, 1)));
      },
      { module },
    );
    expect(Number(counters.sent)).toBe(records.length);
    expect(Number(counters.sent + counters.lost)).toBe(10);
    expect(counters.lost).toBeGreaterThan(0n);
  });

  test('who runs it', () => {
    const { values } = runProgram((p) => emit(p, pid(p), tid(p), uid(p), comm(p), nanoseconds(p, 'monotonic')));
    const [process_, thread, user, name, time] = values[0] as [bigint, bigint, bigint, string, bigint];
    expect(process_).toBe(BigInt(process.pid));
    expect(thread).toBeGreaterThan(0n);
    expect(user).toBe(BigInt(process.getuid!()));
    expect(name).not.toBe('');
    expect(time).toBeGreaterThan(0n);
    expect(time).toBeLessThanOrEqual(process.hrtime.bigint());
  });

  // The nearest feature that is probed is of 5.15, the helper of 5.11.
  testWith(['get-attach-cookie'], 'the name of the task without a helper', () => {
    const body = (p: ProgramBuilder) => emit(p, comm(p), inMemory(p, comm(p), true));
    const [typed, called] = [true, false].map((typedTask) =>
      runProgram(body, { module: testModule({ typedTask: () => typedTask }) }),
    );
    expect(typed!.values).toEqual(called!.values);
    expect(typed!.values[0]![0]).toBe(typed!.values[0]![1]);
    expect(typed!.image.programs[0]!.relocations.filter(({ kind }) => kind === 'field').length).toBe(4);
  });

  test('a fault reads as zero and is counted', () => {
    const { values, counters } = runProgram((p) => {
      emit(p, read(p, UINT64, 'kernel', opaque(p, 8)));
      emit(p, read(p, UINT64, 'user', opaque(p, 8)));
      emit(p, readString(p, { space: 'user', address: opaque(p, 8), size: 32 }));
    });
    expect(values).toEqual([[0n], [0n], ['']]);
    expect(counters.faults).toBe(3n);
  });

  test('a helper that fails is reported when the run asks for it', () => {
    const { records } = runProgram((p) => emit(p, read(p, UINT64, 'user', opaque(p, 8))), {
      module: testModule({ reportFailures: true }),
    });
    expect(records[0]!.definition).toMatchObject({
      kind: 'problem',
      helper: 'probe_read_user',
      message: 'Bad address',
    });
    expect(records[0]!.fields).toEqual([-14n]);
  });

  test('memory of the kernel is read', () => {
    const { values, counters } = runProgram((p) => emit(p, read(p, UINT64, 'kernel', registerOf(currentTask(p)))));
    expect(values.length).toBe(1);
    expect(counters.faults).toBe(0n);
  });

  test('strings: fitting, exactly fitting, cut, limited, and sent only as long as they are', () => {
    const { values, counters, records } = runProgram((p) => {
      const here = (value: string) => {
        const place = p.at(p.local(64));
        storeBytes(p, place, new TextEncoder().encode(`${value}\0`));
        return p.address(place);
      };
      const str = (value: string, size: number, more = {}) =>
        readString(p, { space: 'kernel', address: here(value), size, ...more });
      emit(p, str('abc', 8));
      emit(p, str('abcdefg', 8));
      emit(p, str('abcdefgh', 8));
      emit(p, str('abcdefgh', 6, { asked: true }));
      emit(p, str('abcdefgh', 64, { limit: opaque(p, 4), asked: true }));
      emit(p, str('abcdefgh', 1024));
    });
    expect(values.map(([value]) => value)).toEqual(['abc', 'abcdefg', 'abcdefgh', 'abcde', 'abc', 'abcdefgh']);
    expect(counters.cut).toBe(1n);
    expect(records.map(({ length }) => length)).toEqual([12, 12, 12, 12, 68, 13]);
  });

  test('buffers', () => {
    const { values, records } = runProgram((p) => {
      const place = p.at(p.local(16));
      storeBytes(p, place, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8]));
      emit(p, readBuffer(p, 'kernel', p.address(place), 100, opaque(p, 3)));
      emit(p, readBuffer(p, 'kernel', p.address(place), 4, opaque(p, 200)));
      emit(p, bufferOf(p, place, 5));
    });
    expect(values).toEqual([[[1, 2, 3]], [[1, 2, 3, 4]], [[1, 2, 3, 4, 5]]]);
    expect(records[0]!.length).toBe(4 + 4 + 3);
  });

  test('array elements are checked when they run', () => {
    const { values, records } = runProgram((p) => {
      const place = p.at(p.local(8));
      storeBytes(p, place, Uint8Array.from([10, 20, 30, 40]));
      for (const index of [0, 3, 4, -1]) {
        const at = element(p, UINT8, place, opaque(p, index), 4);
        emit(p, scalar(UINT8, p.b.load(1, at.base, at.offset)));
      }
    });
    expect(values).toEqual([[10n], [40n], [10n], [10n]]);
    const problems = records.filter(({ definition }) => definition.kind === 'problem');
    expect(problems.map(({ definition }) => 'message' in definition && definition.message)).toEqual([
      OUT_OF_BOUNDS,
      OUT_OF_BOUNDS,
    ]);
  });

  test('stacks, symbols and addresses', () => {
    const { values, counters } = runProgram((p) => {
      emit(p, kernelStack(p, 'bpftrace', 4), userStack(p, 'bpftrace', 16), userAddress(p, opaque(p, 0x1234)));
      emit(p, inetAddress(p, scalar(UINT64, opaque(p, 0x0100007f))));
      const six = p.temp(16);
      storeBytes(p, six, Uint8Array.from([0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]));
      emit(p, inetAddress(p, memory(stringType(16), six)), macAddress(p, memory(stringType(6), six)));
    });
    const [kernel, user, symbol] = values[0] as [number[], number[], number[]];
    expect(kernel[0]).toBeGreaterThan(0);
    expect(kernel[0]).toBeLessThanOrEqual(4);
    expect(user[0]).toBeGreaterThan(0);
    expect(user[4]! | (user[5]! << 8) | (user[6]! << 16)).toBe(process.pid);
    expect(symbol.slice(0, 8)).toEqual([0x34, 0x12, 0, 0, 0, 0, 0, 0]);
    expect(values[1]).toEqual([[2, 0, 0, 0, 127, 0, 0, 1, ...new Array(12).fill(0)]]);
    expect(values[2]).toEqual([
      [10, 0, 0, 0, 0x20, 1, 0xd, 0xb8, ...new Array(11).fill(0), 1],
      [0x20, 1, 0xd, 0xb8, 0, 0],
    ]);
    expect(counters.lost).toBe(0n);
  });

  test('actions', () => {
    const module = testModule();
    const map = module.scriptMap({ name: '@', value: { kind: 'plain', type: INT64 }, maxEntries: 1 });
    const pair = tupleType([INT64, stringType(16)]);
    const { records } = runProgram(
      (p) => {
        printTime(p, '%H\n');
        printMap(p, map, p.b.const(3));
        printValue(p, build(p, pair, [scalar(INT64, opaque(p, 1)), constantString(p, 'two')]));
        exitRun(p, p.b.const(7));
        printTime(p, 'not reached');
      },
      { module },
    );
    expect(records.map(({ definition, fields }) => [definition.kind, fields])).toEqual([
      ['time', []],
      ['print-map', [3n, 0n]],
      ['print', [[1n, 'two']]],
      ['exit', [7n]],
    ]);
  });
});
