// The writer of WebAssembly: numbers of variable length, and that the engine takes what it writes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { wasm } from '../../wasm.ts';
import { WasmBytes } from './bytes.ts';
import type { Code } from './code.ts';
import { WasmModuleWriter } from './module.ts';
import { Op, ValueType } from './opcode.ts';

const { I32, I64 } = ValueType;

function bytesOf(write: (bytes: WasmBytes) => void): number[] {
  const bytes = new WasmBytes(1);
  write(bytes);
  return [...bytes.written];
}

type Export = (...values: (number | bigint)[]) => number | bigint;

function build(parameters: ValueType[], results: ValueType[], write: (code: Code) => void): Export {
  const module = new WasmModuleWriter();
  const { index, code } = module.declare({ parameters, results });
  write(code);
  module.exportFunction('f', index);
  return new wasm.Instance(new wasm.Module(module.finish())).exports['f'] as Export;
}

describe('numbers', () => {
  test.each([
    [0, [0]],
    [127, [0x7f]],
    [128, [0x80, 1]],
    [0xffffffff, [0xff, 0xff, 0xff, 0xff, 0x0f]],
  ])('unsigned %i', (value, expected) => {
    expect(bytesOf((bytes) => bytes.unsigned(value))).toEqual(expected);
  });

  test.each([
    [0, [0]],
    [63, [0x3f]],
    [64, [0xc0, 0]],
    [-64, [0x40]],
    [-65, [0xbf, 0x7f]],
    [-0x80000000, [0x80, 0x80, 0x80, 0x80, 0x78]],
  ])('signed %i', (value, expected) => {
    expect(bytesOf((bytes) => bytes.signed(value))).toEqual(expected);
  });

  test('32 bits come back', () => {
    fc.assert(
      fc.property(fc.integer(), (value) => {
        expect(build([], [I32], (code) => code.i32(value))()).toBe(value);
      }),
    );
  });

  test('64 bits come back', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), (value) => {
        expect(build([], [I64], (code) => code.wide(value))()).toBe(value);
      }),
    );
  });
});

describe('modules', () => {
  test('locals of several types follow the parameters', () => {
    const f = build([I32], [I64], (code) => {
      const one = code.local(I64);
      const two = code.local(I32);
      const three = code.local(I64);
      code.get(0);
      code.tee(two);
      code.op(Op.I64_EXTEND_I32_S);
      code.set(three);
      code.get(one);
      code.get(three);
      code.op(Op.I64_ADD);
    });
    expect(f(-7)).toBe(-7n);
  });

  test('import memory, tables and functions, and put functions into a table', () => {
    const module = new WasmModuleWriter();
    const memory = new wasm.Memory({ initial: 1, maximum: 2 });
    const table = new wasm.Table({ element: 'anyfunc', initial: 1 });
    module.importMemory('memory', 1, 32768);
    module.importTable('table');
    const add = module.importFunction('add', { parameters: [I32], results: [I32] });
    const signature = { parameters: [], results: [I32] };
    const first = module.declare(signature);
    const second = module.declare(signature);
    module.element({ at: 3, functionIndex: first.index });
    first.code.i32(5);
    first.code.call(add);
    second.code.i32(3);
    second.code.callIndirect(module.type(signature), module.ownTable);
    module.exportFunction('f', second.index);
    const env = { memory, table, add: (value: number) => value + 100 };
    const { exports } = new wasm.Instance(new wasm.Module(module.finish()), { env });
    expect((exports['f'] as Export)()).toBe(105);
  });

  test('say which mark an instruction belongs to', () => {
    const module = new WasmModuleWriter();
    const { index, code } = module.declare({ parameters: [], results: [] });
    code.mark(7);
    code.op(Op.UNREACHABLE);
    code.mark(8);
    code.op(Op.UNREACHABLE);
    module.exportFunction('f', index);
    const { exports } = new wasm.Instance(new wasm.Module(module.finish()));
    let stack = '';
    try {
      (exports['f'] as Export)();
    } catch (error) {
      stack = (error as Error).stack!;
    }
    const at = Number(/:(0x[0-9a-f]+)/.exec(stack)![1]);
    expect(module.markAt(index, at)).toBe(7);
    expect(module.markAt(index, at + 1)).toBe(8);
  });
});
