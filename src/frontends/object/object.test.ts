import { describe, expect, test } from 'vitest';
import { Btf, BtfBuilder } from '../../btf/index.ts';
import { readImage, validateImage, writeImage } from '../../image/index.ts';
import { decode, disassemble, encode, type Instruction } from '../../isa/index.ts';
import { CoreKind, resolveCore } from './core.ts';
import { type BpfObject, type ObjectProgram, objectImage, readObject } from './index.ts';
import { objectBytes } from './testing/objects.ts';

const config = (name: string): bigint | string | undefined =>
  ({ LINUX_KERNEL_VERSION: 0x61200n, CONFIG_BPF: 'y' })[name];

function programOf(object: BpfObject, name: string): ObjectProgram {
  const found = object.programs.find((program) => program.name === name);
  if (!found) throw new Error(`no program ${name}`);
  return found;
}

/** Puts a constant into each `sink[i] = constant`, by index. */
function stored(program: ObjectProgram): Map<number, bigint> {
  const values = new Map<number, bigint>();
  let last = 0n;
  program.instructions.forEach((one, slot, all) => {
    if (one.code === 0x18 && one.src === 0) last = (BigInt(all[slot + 1]!.imm) << 32n) | BigInt(one.imm >>> 0);
    if (one.code === 0xb7) last = BigInt(one.imm);
    if (one.code === 0x7b && one.off <= 15 * 8) values.set(one.off / 8, last);
  });
  return values;
}

describe('an object with maps, data and functions', () => {
  const object = readObject(objectBytes('packet'));

  test('maps of every origin', () => {
    expect(
      object.maps.map(({ name, kind, keySize, valueSize, maxEntries, flags }) => [
        name,
        kind,
        keySize,
        valueSize,
        maxEntries,
        flags,
      ]),
    ).toEqual([
      ['totals', 'array', 4, 8, 4, 0],
      ['counts', 'hash', 4, 16, 256, 0],
      ['.rodata', 'array', 4, 4, 1, 128],
      ['.data', 'array', 4, 8, 1, 0],
      ['.bss', 'array', 4, 4, 1, 0],
    ]);
    expect(object.maps[2]!.role).toEqual({ kind: 'data', bytes: Uint8Array.of(100, 0, 0, 0), readonly: true });
    expect(object.maps[3]!.role).toEqual({
      kind: 'data',
      bytes: Uint8Array.of(40, 0, 0, 0, 0, 0, 0, 0),
      readonly: false,
    });
    expect(object.license).toBe('GPL');
  });

  test('programs by their sections', () => {
    const kinds = object.programs.map(({ name, kind, attachKind, meaning }) => [
      name,
      kind,
      attachKind,
      meaning.optional,
    ]);
    expect(kinds).toEqual([
      ['count', 'xdp', 'xdp', false],
      ['pass', 'sched_cls', undefined, true],
    ]);
  });

  test('a program has all functions that it reaches, each once, and calls lead to them', () => {
    const program = programOf(object, 'count');
    expect(program.functions.map(({ name, start, global }) => [name, start, global])).toEqual([
      ['count', 0, false],
      ['is_long', 28, true],
      ['account', 35, false],
    ]);
    const calls = program.instructions.flatMap((one, slot) =>
      one.code === 0x85 && one.src === 1 ? [slot + 1 + one.imm] : [],
    );
    expect(calls).toEqual([28, 35]);
    expect(program.functions[2]!.parameters).toEqual([{ kind: 'scalar' }, { kind: 'scalar' }]);
    expect(programOf(object, 'pass').functions).toHaveLength(1);
  });

  test('references to maps and to bytes of their values', () => {
    const program = programOf(object, 'count');
    expect(program.mapReferences).toEqual([
      { slot: 6, map: 3, offset: 0 },
      { slot: 12, map: 4, offset: 0 },
      { slot: 28, map: 2, offset: 0 },
      { slot: 42, map: 1 },
      { slot: 50, map: 1 },
    ]);
    const text = disassemble(program.instructions);
    expect(text).toContain('12: (18) r2 = map[fd:4][0]+0');
    expect(text).toContain('42: (18) r1 = map[fd:1]\n');
  });

  test('source lines, also of functions that were moved', () => {
    const { lines } = programOf(object, 'count');
    const last = lines.filter((line) => line.slot >= 35).at(-1)!;
    expect(last.file).toMatch(/packet\.c$/);
    expect(lines.find((line) => line.slot === 28)?.text).toContain('bytes > limit');
    expect(lines.every((line, index) => index === 0 || line.slot >= lines[index - 1]!.slot)).toBe(true);
  });

  test('the image is sound and survives a file', () => {
    const image = objectImage(object);
    expect(validateImage(image)).toBeUndefined();
    expect(readImage(writeImage(image))).toEqual(image);
    const entry = image.programs[0]!.lines.find((line) => line.slot === 28)!;
    const { source, start, end } = entry.location;
    expect(image.sources[source]!.text.slice(start, end)).toContain('limit');
    expect(image.programs[0]!.functions[1]).toEqual({ name: 'is_long', slot: 28, shape: { parameters: 1 } });
  });
});

describe('an object with callbacks and maps of maps', () => {
  const object = readObject(objectBytes('callback'));

  test('the address of a callback', () => {
    const program = programOf(object, 'sum');
    expect(program.functions[1]).toMatchObject({ name: 'add', start: 11, callback: true, global: false });
    const load = program.instructions[5]!;
    expect([load.src, 5 + 1 + load.imm]).toEqual([4, 11]);
    expect(objectImage(object).programs.find(({ name }) => name === 'sum')!.functions[1]!.shape).toBe('loop-callback');
  });

  test('what maps hold', () => {
    const map = (name: string) => object.maps.find((one) => one.name === name)!;
    expect(map('outer').inner).toMatchObject({ kind: 'array', keySize: 4, valueSize: 8, maxEntries: 3 });
    expect(map('outer').values).toEqual([undefined, 'one']);
    expect(map('jumps').values).toEqual(['next']);
    expect(map('locked')).toMatchObject({ pinned: true, special: [{ kind: 'spin_lock', offset: 8 }] });
  });
});

describe('an object with calls of every form', () => {
  const object = readObject(objectBytes('calls'));

  test('of the same section, of another, through several functions', () => {
    const names = programOf(object, 'a').functions.map(({ name, global, callback }) => [name, global, callback]);
    expect(names[0]).toEqual(['a', false, false]);
    expect(names.slice(1).sort()).toEqual([
      ['each', false, true],
      ['global', true, false],
      ['hidden', false, false],
      ['leaf', false, false],
      ['twice', false, false],
    ]);
    const { instructions, functions } = programOf(object, 'a');
    const targets = instructions.flatMap((one, slot) =>
      one.code === 0x85 && one.src === 1 ? [slot + 1 + one.imm] : [],
    );
    const starts = functions.map(({ start }) => start);
    expect(targets.length).toBeGreaterThan(4);
    expect(targets.every((target) => starts.includes(target))).toBe(true);
    expect(functions.find(({ name }) => name === 'global')?.parameters).toEqual([{ kind: 'memory', size: 16 }]);
  });

  test('the old section of maps', () => {
    expect(object.maps.slice(0, 2)).toMatchObject([
      { name: 'old', kind: 'array', keySize: 4, valueSize: 8, maxEntries: 2, flags: 0 },
      { name: 'older', kind: 'hash', keySize: 8, valueSize: 8, maxEntries: 3, flags: 1 },
    ]);
  });

  test('what the kernel keeps in values', () => {
    const special = readObject(objectBytes('locks')).maps.map((map) => [map.name, map.kind, map.special]);
    expect(special.sort()).toEqual([
      ['locked', 'hash', [{ kind: 'spin_lock', offset: 8 }]],
      ['storage', 'sk_storage', undefined],
      ['timers', 'array', [{ kind: 'timer', offset: 8 }]],
    ]);
  });

  test('texts of the compiler are data', () => {
    const text = programOf(object, 'text').mapReferences.map(({ map }) => object.maps[map]!.role);
    expect(text).toMatchObject([{ bytes: Buffer.from('hello %d\0') }, { bytes: Buffer.from('bye\0') }].map(bytesOnly));
  });

  test('names of the kernel are left to whoever loads it', () => {
    expect(programOf(object, 'names').kernelReferences).toMatchObject([
      { kind: 'kernel-symbol', symbol: 'no_such_symbol' },
      { kind: 'kernel-variable', symbol: 'bpf_prog_active' },
    ]);
    expect(programOf(object, 'kernel_function').kernelReferences).toMatchObject([
      { kind: 'kfunc', symbol: 'bpf_task_acquire' },
    ]);
    expect(() => readObject(objectBytes('calls'), { target: otherKernel().btf })).toThrow(
      /no variable 'bpf_prog_active'/,
    );
  });
});

describe('CO-RE', () => {
  test('with its own types every field is where the object has it', () => {
    const values = stored(programOf(readObject(objectBytes('core'), { config }), 'all'));
    expect(Object.fromEntries(values)).toMatchObject({ 0: 32n, 1: 16n, 2: 1n, 3: 1n, 4: 50n, 5: 53n, 6: 16n, 7: 1n });
    expect(Object.fromEntries(values)).toMatchObject({ 10: 1n, 11: 56n, 12: 1n, 13: 5n, 14: 1n, 15: 1n });
  });

  test('with the types of another kernel the code is changed', () => {
    const object = readObject(objectBytes('core'), { config, target: otherKernel().btf });
    const values = stored(programOf(object, 'all'));
    expect(Object.fromEntries(values)).toEqual({
      0: 16n,
      1: 32n,
      2: 0n,
      3: 1n,
      4: 47n,
      5: 53n,
      6: 64n,
      7: 1n,
      8: values.get(8),
      9: BigInt(otherKernel().thing),
      10: 1n,
      11: 80n,
      12: 1n,
      13: 77n,
      14: 0n,
      15: 0n,
    });
    // The signed elements of the array are eight bytes long there, which a load of four would not read.
    expect(disassemble(programOf(object, 'all').instructions)).toContain('call unknown#195896080');
  });

  test('a field that is not there makes an instruction that no kernel takes', () => {
    const object = readObject(objectBytes('core'), { config, target: otherKernel().btf });
    expect(programOf(object, 'gone').instructions[0]).toEqual({ code: 0x85, dst: 0, src: 0, off: 0, imm: 195896080 });
  });

  test('types that differ under one name are ambiguous', () => {
    const builder = new BtfBuilder();
    builder.struct('thing', 8, []);
    builder.struct('thing', 16, []);
    const object = readObject(objectBytes('core'), { config });
    const type = object.btf!.find('thing___local', 'struct')!.id;
    const target = Btf.parse(builder.finish());
    const record = { slot: 0, type, access: '0', kind: CoreKind.TYPE_SIZE };
    expect(() => resolveCore(record, object.btf!, target)).toThrow(/ambiguous/);
    expect(resolveCore({ ...record, kind: CoreKind.TYPE_EXISTS }, object.btf!, target)).toEqual({ value: 1n });
  });

  test('TYPE_MATCHES looks into the type', () => {
    const object = readObject(objectBytes('core'), { config });
    const local = object.btf!;
    const record = {
      slot: 0,
      type: local.find('inner___old', 'struct')?.id ?? local.find('absent', 'struct')!.id,
      access: '0',
      kind: CoreKind.TYPE_MATCHES,
    };
    const target = (size: number): Btf => {
      const builder = new BtfBuilder();
      builder.struct('absent', size, [
        { name: 'x', type: builder.int(size === 4 ? 'int' : 'long', size, 'signed'), bitOffset: 0 },
      ]);
      return Btf.parse(builder.finish());
    };
    expect(resolveCore(record, local, target(4))).toEqual({ value: 1n });
    expect(resolveCore(record, local, target(8))).toEqual({ value: 0n });
  });
});

describe('externs', () => {
  test('the configuration becomes a map that programs may only read', () => {
    const object = readObject(objectBytes('core'), { config });
    const map = object.maps.find(({ name }) => name === '.kconfig')!;
    expect(map.role).toMatchObject({ bytes: Uint8Array.of(0, 0x12, 6, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0), readonly: true });
  });

  test('a setting that is not there and not weak is an error', () => {
    expect(() => readObject(objectBytes('core'))).toThrow(/asks for LINUX_KERNEL_VERSION, which is not set/);
  });
});

describe('what is no object', () => {
  test.each([
    ['nothing', new Uint8Array(), /cannot be read as ELF/],
    ['text', new TextEncoder().encode('hello'.repeat(40)), /cannot be read as ELF/],
    ['a program', () => changed(18, 62), /is ELF, but not of BPF/],
    ['an executable', () => changed(16, 2), /not an object file/],
  ])('%s', (_, bytes, message) => {
    expect(() => readObject(typeof bytes === 'function' ? bytes() : bytes)).toThrow(message);
  });

  test('a file that is cut anywhere is an error or an object, never a crash', () => {
    const whole = objectBytes('packet');
    for (let length = 0; length < whole.length; length += 97) {
      try {
        readObject(whole.slice(0, length));
      } catch (error) {
        expect((error as Error).name).toBe('TraceError');
      }
    }
  });
});

function bytesOnly({ bytes }: { bytes: Uint8Array }): { bytes: Uint8Array } {
  return { bytes: new Uint8Array(bytes) };
}

function changed(offset: number, value: number): Uint8Array {
  const bytes = objectBytes('packet');
  bytes[offset] = value;
  return bytes;
}

/** Types of a kernel on which `struct thing` and `enum color` are others. */
function otherKernel(): { btf: Btf; thing: number } {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const long = builder.int('long', 8, 'signed');
  const u32 = builder.int('unsigned int', 4);
  builder.enum('color', 4, false, [{ name: 'GREEN', value: 77n }]);
  const inside = builder.union('', 8, [{ name: 'named', type: long, bitOffset: 0 }]);
  const thing = builder.struct('thing', 80, [
    { name: 'first', type: int, bitOffset: 0 },
    { name: 'array', type: builder.array(long, 4), bitOffset: 0 },
    { name: '', type: inside, bitOffset: 512 },
    { name: 'wide', type: u32, bitOffset: 582, bitSize: 11 },
    { name: 'pointer', type: builder.ptr(int), bitOffset: 320 },
  ]);
  return { btf: Btf.parse(builder.finish()), thing };
}

test('instructions of an object encode to what they were', () => {
  const program = programOf(readObject(objectBytes('packet')), 'pass');
  const again: Instruction[] = decode(encode(program.instructions));
  expect(again).toEqual(program.instructions);
});
