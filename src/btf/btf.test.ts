import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter, utf8Bytes } from '../base/bytes.ts';
import { TraceError } from '../base/error.ts';
import { Btf } from './btf.ts';
import { BtfBuilder } from './builder.ts';
import type { TypeOfKind } from './types.ts';

/** A struct with everything that makes member look-up interesting. */
function sample() {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const u64 = builder.int('unsigned long', 8);
  const char = builder.int('char', 1, 'signed');
  const inner = builder.struct('inner', 8, [
    { name: 'a', type: int, bitOffset: 0 },
    { name: 'flags', type: int, bitOffset: 32, bitSize: 3 },
    { name: 'more', type: int, bitOffset: 35, bitSize: 5 },
  ]);
  const anonymous = builder.union('', 8, [
    { name: 'number', type: u64, bitOffset: 0 },
    { name: 'pair', type: inner, bitOffset: 0 },
  ]);
  const alias = builder.typedef('inner_t', builder.const(inner));
  const outer = builder.struct('outer', 64, [
    { name: 'first', type: int, bitOffset: 0 },
    { name: '', type: anonymous, bitOffset: 64 },
    { name: 'list', type: builder.array(alias, 4), bitOffset: 128 },
    { name: 'next', type: builder.ptr(inner), bitOffset: 384 },
    { name: 'tail', type: builder.array(char, 0), bitOffset: 448 },
  ]);
  const proto = builder.funcProto(int, [
    { name: 'o', type: builder.ptr(outer) },
    { name: 'n', type: u64 },
  ]);
  builder.func('work', proto);
  builder.typedef('btf_trace_work', builder.ptr(proto));
  builder.enum('colour', 4, true, [
    { name: 'RED', value: -1n },
    { name: 'GREEN', value: 7n },
  ]);
  builder.enum('wide', 8, false, [{ name: 'HUGE_VALUE', value: 1n << 63n }]);
  return { btf: Btf.parse(builder.finish()), int, u64, inner, outer, alias, proto };
}

describe('members', () => {
  const { btf, outer, inner, alias, u64, int } = sample();

  it('finds members by name, through anonymous unions and typedefs', () => {
    expect(btf.member(outer, 'first')).toEqual({ name: 'first', type: int, bitOffset: 0, bitSize: 0 });
    expect(btf.member(outer, 'number')).toEqual({ name: 'number', type: u64, bitOffset: 64, bitSize: 0 });
    expect(btf.member(alias, 'a')?.bitOffset).toBe(0);
    expect(btf.member(outer, 'nothing')).toBeUndefined();
    expect(btf.member(int, 'first')).toBeUndefined();
  });

  it('tells the place and width of bit fields', () => {
    expect(btf.member(inner, 'more')).toEqual({ name: 'more', type: int, bitOffset: 35, bitSize: 5 });
  });

  it('follows paths', () => {
    expect(btf.path(outer, 'pair.flags')).toMatchObject({ name: 'flags', bitOffset: 96, bitSize: 3 });
    expect(btf.path(outer, 'list[2].more')).toMatchObject({ bitOffset: 128 + 2 * 64 + 35, bitSize: 5 });
    expect(btf.path(outer, 'list[3]')).toMatchObject({ name: 'list', bitOffset: 128 + 3 * 64 });
    expect(btf.path(outer, 'tail[9]')?.bitOffset).toBe(448 + 72);
  });

  it.each(['list[4].a', 'first[0]', 'next.a', 'pair..a', 'list[x]', 'pair.flags.z'])('refuses the path %s', (path) => {
    expect(btf.path(outer, path)).toBeUndefined();
  });

  it('lists what can be named', () => {
    const names = btf.members(outer).map(({ name, bitOffset }) => `${name}@${bitOffset}`);
    expect(names).toEqual(['first@0', 'number@64', 'pair@64', 'list@128', 'next@384', 'tail@448']);
  });
});

describe('look-ups', () => {
  const { btf, outer, inner, alias, proto } = sample();

  it('finds the same before and after it has an index', () => {
    for (let round = 0; round < 10; round++) {
      expect(btf.find('outer', 'struct')?.id).toBe(outer);
      expect(btf.find('outer', 'union')).toBeUndefined();
      expect(btf.find('outer', 'func')).toBeUndefined();
      expect(btf.find('oute', 'struct')).toBeUndefined();
      expect(btf.find('', 'union')).toBeUndefined();
      expect(btf.func('work')?.params.map(({ name }) => name)).toEqual(['o', 'n']);
      expect(btf.enumValue('RED')).toBe(-1n);
      expect(btf.enumValue('HUGE_VALUE')).toBe(1n << 63n);
      expect(btf.enumValue('RE')).toBeUndefined();
    }
  });

  it('resolves aliases and sizes', () => {
    expect(btf.resolve(alias).id).toBe(inner);
    expect(btf.sizeOf(alias)).toBe(8);
    expect(btf.sizeOf(btf.member(outer, 'list')!.type)).toBe(32);
    expect(btf.sizeOf(btf.member(outer, 'next')!.type)).toBe(8);
    expect(btf.sizeOf(0)).toBe(0);
  });

  it('finds prototypes behind functions, typedefs and pointers', () => {
    expect(btf.prototypeOf(btf.find('btf_trace_work', 'typedef')!.id)?.id).toBe(proto);
    expect(btf.prototypeOf(btf.find('work', 'func')!.id)?.id).toBe(proto);
    expect(btf.prototypeOf(outer)).toBeUndefined();
  });

  it('names the types of a kind', () => {
    expect([...btf.names('struct')]).toEqual(['inner', 'outer']);
    expect([...btf.names('enum')]).toEqual(['colour', 'wide']);
    expect([...btf.ids('union')].map((id) => btf.kindOf(id))).toEqual(['union']);
  });

  it('gives all types of one name', () => {
    const builder = new BtfBuilder();
    const int = builder.int('int', 4, 'signed');
    const ids = [4, 8, 12].map((size) => builder.struct('twin', size, [{ name: 'x', type: int, bitOffset: 0 }]));
    const twins = Btf.parse(builder.finish());
    for (let round = 0; round < 6; round++) {
      expect(twins.findAll('twin', 'struct').map(({ id }) => id)).toEqual(ids);
      expect(twins.find('twin', 'struct')?.id).toBe(ids[0]);
    }
  });
});

describe('split BTF', () => {
  // One struct `mod` whose member reuses a name and a type of the base.
  function split(base: Btf, baseStrings: number, memberName: number, memberType: number): Btf {
    const strings = utf8Bytes('\0mod\0');
    const types = new ByteWriter()
      .u32(baseStrings + 1)
      .u32((4 << 24) | 1)
      .u32(4);
    types.u32(memberName).u32(memberType).u32(0);
    const bytes = new ByteWriter().u16(0xeb9f).u8(1).u8(0).u32(24).u32(0).u32(types.length).u32(types.length);
    bytes.u32(strings.length).bytes(types.finish()).bytes(strings);
    return Btf.parse(bytes.finish(), base);
  }

  it('continues the ids and strings of its base', () => {
    const builder = new BtfBuilder();
    const int = builder.int('int', 4, 'signed');
    builder.struct('mod', 4, [{ name: 'x', type: int, bitOffset: 0 }]);
    const bytes = builder.finish();
    const base = Btf.parse(bytes);
    const stringsLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(20, true);
    const module = split(base, stringsLength, builder.string('x'), int);
    expect(module.count).toBe(base.count + 1);
    for (let round = 0; round < 6; round++) {
      expect(module.find('mod', 'struct')?.id).toBe(base.count);
      expect(module.findAll('mod', 'struct')).toHaveLength(2);
      expect(module.find('int', 'int')?.id).toBe(int);
    }
    expect(module.member(base.count, 'x')?.type).toBe(int);
    expect([...module.names('struct')]).toEqual(['mod']);
  });
});

describe('builder and reader', () => {
  const name = fc.stringMatching(/^[a-z_][a-z0-9_]{0,12}$/);

  it('agree on structs', () => {
    const member = fc.record({ name, bitOffset: fc.nat(0xffffff), bitSize: fc.nat(32) });
    fc.assert(
      fc.property(name, fc.nat(4096), fc.array(member, { maxLength: 20 }), (structName, size, members) => {
        const builder = new BtfBuilder();
        const int = builder.int('int', 4, 'signed');
        const id = builder.struct(
          structName,
          size,
          members.map((each) => ({ ...each, type: int })),
        );
        const type = Btf.parse(builder.finish()).type(id) as TypeOfKind<'struct'>;
        expect(type).toMatchObject({ kind: 'struct', name: structName, size });
        expect(type.members).toEqual(members.map((each) => ({ ...each, type: int })));
      }),
    );
  });

  it('agree on enums of both widths and signs', () => {
    const shape = fc.record({ size: fc.constantFrom(4, 8), signed: fc.boolean() }).chain(({ size, signed }) => {
      const bits = size * 8;
      const value = signed
        ? fc.bigInt({ min: -(2n ** BigInt(bits - 1)), max: 2n ** BigInt(bits - 1) - 1n })
        : fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n });
      return fc.record({
        size: fc.constant(size),
        signed: fc.constant(signed),
        values: fc.array(fc.record({ name, value })),
      });
    });
    fc.assert(
      fc.property(shape, ({ size, signed, values }) => {
        const builder = new BtfBuilder();
        const id = builder.enum('e', size, signed, values);
        expect(Btf.parse(builder.finish()).type(id)).toEqual({ kind: 'enum', id, name: 'e', size, signed, values });
      }),
    );
  });

  it('agree on every other kind', () => {
    const builder = new BtfBuilder();
    const bool = builder.int('_Bool', 1, 'bool');
    const char = builder.int('char', 1, 'char');
    const float = builder.float('double', 8);
    const proto = builder.funcProto(0, [{ name: 'c', type: char }], true);
    const func = builder.func('f', proto, 'global');
    const variable = builder.var('v', bool, 'static');
    const section = builder.datasec('.data', 8, [{ type: variable, offset: 4, size: 1 }]);
    const tag = builder.declTag('here', func, 0);
    const fwd = builder.fwd('later', 'union');
    const typeTag = builder.typeTag('user', builder.restrict(builder.volatile(fwd)));
    const btf = Btf.parse(builder.finish());
    expect(btf.type(bool)).toMatchObject({ kind: 'int', name: '_Bool', bits: 8, bool: true, signed: false });
    expect(btf.type(char)).toMatchObject({ kind: 'int', char: true, bool: false });
    expect(btf.type(float)).toEqual({ kind: 'float', id: float, name: 'double', size: 8 });
    expect(btf.type(proto)).toEqual({
      kind: 'func_proto',
      id: proto,
      returnType: 0,
      params: [{ name: 'c', type: char }],
      variadic: true,
    });
    expect(btf.type(func)).toEqual({ kind: 'func', id: func, name: 'f', proto, linkage: 'global' });
    expect(btf.type(variable)).toMatchObject({ kind: 'var', name: 'v', type: bool, linkage: 'static' });
    expect(btf.type(section)).toMatchObject({ size: 8, variables: [{ type: variable, offset: 4, size: 1 }] });
    expect(btf.type(tag)).toEqual({ kind: 'decl_tag', id: tag, name: 'here', target: func, component: 0 });
    expect(btf.type(typeTag)).toMatchObject({ kind: 'type_tag', name: 'user' });
    expect(btf.resolve(typeTag)).toEqual({ kind: 'fwd', id: fwd, name: 'later', union: true });
  });

  it('gives equal types equal ids', () => {
    const builder = new BtfBuilder();
    const once = builder.ptr(builder.struct('s', 0, []));
    const count = builder.count;
    expect(builder.ptr(builder.struct('s', 0, []))).toBe(once);
    expect(builder.count).toBe(count);
  });

  it('allows a struct that refers to itself', () => {
    const builder = new BtfBuilder();
    const node = builder.declareStruct();
    const pointer = builder.ptr(node);
    expect(() => builder.finish()).toThrow('never defined');
    builder.defineStruct(node, 'node', 8, [{ name: 'next', type: pointer, bitOffset: 0 }]);
    const btf = Btf.parse(builder.finish());
    expect(btf.member(node, 'next')?.type).toBe(pointer);
    expect(() => builder.defineStruct(node, 'node', 8, [])).toThrow('twice');
  });
});

describe('what is not BTF', () => {
  const bytes = (() => {
    const builder = new BtfBuilder();
    builder.struct('s', 4, [{ name: 'x', type: builder.int('int', 4), bitOffset: 0 }]);
    return builder.finish();
  })();

  it.each([
    ['empty', new Uint8Array()],
    ['text', utf8Bytes('this is not BTF at all, but long enough for a header')],
    ['cut off', bytes.subarray(0, bytes.length - 1)],
    ['of a later version', Uint8Array.from(bytes, (byte, index) => (index === 2 ? 9 : byte))],
    ['of unknown kinds', Uint8Array.from(bytes, (byte, index) => (index === 24 + 7 ? 0x7e : byte))],
  ])('is refused when %s', (_, wrong) => {
    expect(() => Btf.parse(wrong)).toThrow(TraceError);
  });

  it('never makes the reader fail in another way', () => {
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (index, value) => {
        const changed = bytes.slice();
        changed[index] = value;
        try {
          const btf = Btf.parse(changed);
          for (let id = 0; id < btf.count; id++) btf.sizeOf(id);
          btf.find('s', 'struct');
          btf.enumValue('s');
        } catch (error) {
          expect(error).toBeInstanceOf(TraceError);
        }
      }),
    );
  });

  it('skips kinds that the header describes', () => {
    // Kind 25 with 4 bytes and 8 for each element, then an int.
    const strings = utf8Bytes('\0new\0int\0');
    const types = new ByteWriter()
      .u32(1)
      .u32((25 << 24) | 2)
      .u32(0)
      .zero(4 + 2 * 8);
    types
      .u32(5)
      .u32(1 << 24)
      .u32(4)
      .u32(32);
    const layout = new ByteWriter();
    for (let kind = 0; kind <= 25; kind++)
      layout
        .u8(kind === 25 ? 4 : 0)
        .u8(kind === 25 ? 8 : 0)
        .u16(0);
    const header = new ByteWriter().u16(0xeb9f).u8(1).u8(0).u32(32);
    header.u32(0).u32(types.length).u32(types.length).u32(strings.length);
    header.u32(types.length + strings.length).u32(layout.length);
    const btf = Btf.parse(header.bytes(types.finish()).bytes(strings).bytes(layout.finish()).finish());
    expect(btf.type(1)).toEqual({ kind: 'unknown', id: 1, name: 'new' });
    expect(btf.find('int', 'int')?.id).toBe(2);
  });
});
