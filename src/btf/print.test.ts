import { describe, expect, it } from 'vitest';
import { Btf } from './btf.ts';
import { BtfBuilder } from './builder.ts';
import { declaration, printType, typeName } from './print.ts';

function build<T>(make: (builder: BtfBuilder) => T): { btf: Btf; made: T } {
  const builder = new BtfBuilder();
  const made = make(builder);
  return { btf: Btf.parse(builder.finish()), made };
}

describe('names of types', () => {
  const { btf, made } = build((builder) => {
    const int = builder.int('int', 4, 'signed');
    const char = builder.int('char', 1, 'signed');
    const sock = builder.fwd('sock', 'struct');
    const voidPointer = builder.ptr(0);
    const callback = builder.ptr(builder.funcProto(int, [{ name: '', type: voidPointer }]));
    return {
      'struct sock *': builder.ptr(sock),
      'const char *': builder.ptr(builder.const(char)),
      'char * const': builder.const(builder.ptr(char)),
      'const char * const *': builder.ptr(builder.const(builder.ptr(builder.const(char)))),
      'char[16]': builder.array(char, 16),
      'char *[4]': builder.array(builder.ptr(char), 4),
      'char (*)[16]': builder.ptr(builder.array(char, 16)),
      'int[2][3]': builder.array(builder.array(int, 3), 2),
      'int (*)(void *)': callback,
      'int (*[2])(void *)': builder.array(callback, 2),
      'void (*)(void)': builder.ptr(builder.funcProto(0, [])),
      'int (* (*)(void))(void *)': builder.ptr(builder.funcProto(callback, [])),
      'struct sock * (*)(int, ...)': builder.ptr(builder.funcProto(builder.ptr(sock), [{ name: '', type: int }], true)),
      'int * restrict': builder.restrict(builder.ptr(int)),
      'volatile int': builder.volatile(int),
      'int __attribute__((btf_type_tag("user"))) *': builder.ptr(builder.typeTag('user', int)),
      void: 0,
      'struct {...}': builder.struct('', 4, [{ name: 'x', type: int, bitOffset: 0 }]),
    };
  });

  it.each(Object.entries(made))('%s', (text, id) => {
    expect(typeName(btf, id)).toBe(text);
  });

  it('are completed by a name', () => {
    expect(declaration(btf, made['int (*)(void *)'], 'handler')).toBe('int (*handler)(void *)');
    expect(declaration(btf, made['const char * const *'], 'const_names')).toBe('const char * const *const_names');
    expect(declaration(btf, made['char[16]'], 'comm')).toBe('char comm[16]');
  });
});

describe('definitions', () => {
  it('of structs show nested types, bit fields and holes', () => {
    const { btf, made } = build((builder) => {
      const int = builder.int('int', 4, 'signed');
      const long = builder.int('long', 8, 'signed');
      const inner = builder.union('', 8, [
        { name: 'number', type: long, bitOffset: 0 },
        { name: 'half', type: builder.struct('', 4, [{ name: 'x', type: int, bitOffset: 0 }]), bitOffset: 0 },
      ]);
      return builder.struct('outer', 64, [
        { name: 'a', type: int, bitOffset: 0, bitSize: 3 },
        { name: 'b', type: int, bitOffset: 8, bitSize: 1 },
        { name: 'c', type: long, bitOffset: 64 },
        { name: '', type: inner, bitOffset: 128 },
        { name: 'd', type: inner, bitOffset: 320 },
        { name: 'f', type: builder.ptr(builder.funcProto(0, [{ name: 'n', type: int }])), bitOffset: 384 },
      ]);
    });
    expect(printType(btf, made)).toBe(`struct outer {
	int a: 3;
	char: 5;
	int b: 1;
	long c;
	union {
		long number;
		struct {
			int x;
		} half;
	};
	long: 64;
	long: 64;
	union {
		long number;
		struct {
			int x;
		} half;
	} d;
	void (*f)(int n);
	long: 64;
};`);
  });

  it('of misaligned structs are packed', () => {
    const { btf, made } = build((builder) => {
      const char = builder.int('char', 1, 'signed');
      const int = builder.int('int', 4, 'signed');
      return builder.struct('p', 5, [
        { name: 'c', type: char, bitOffset: 0 },
        { name: 'i', type: int, bitOffset: 8 },
      ]);
    });
    expect(printType(btf, made)).toBe('struct p {\n\tchar c;\n\tint i;\n} __attribute__((packed));');
  });

  it('of other kinds', () => {
    const { btf, made } = build((builder) => {
      const int = builder.int('int', 4, 'signed');
      const proto = builder.funcProto(int, [{ name: 'count', type: int }]);
      return {
        'struct nothing {};': builder.struct('nothing', 0, []),
        'typedef int number;': builder.typedef('number', int),
        'typedef int (*callback)(int count);': builder.typedef('callback', builder.ptr(proto)),
        'int f(int count);': builder.func('f', proto),
        'struct later;': builder.fwd('later', 'struct'),
        'enum e {\n\tA = -1,\n\tB = 2,\n};': builder.enum('e', 4, true, [
          { name: 'A', value: -1n },
          { name: 'B', value: 2n },
        ]),
        'enum w {\n\tC = 4294967296ULL,\n};': builder.enum('w', 8, false, [{ name: 'C', value: 1n << 32n }]),
      };
    });
    for (const [text, id] of Object.entries(made)) expect(printType(btf, id)).toBe(text);
  });
});
