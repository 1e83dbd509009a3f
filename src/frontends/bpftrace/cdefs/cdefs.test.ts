import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../../../base/diagnostic.ts';
import { Btf, BtfBuilder } from '../../../btf/index.ts';
import { sizeOf, typeName } from '../../../image/index.ts';
import { parseScript } from '../parse/parse.ts';
import { readDefinitions } from './script-types.ts';

/** A kernel that has a struct of its own. */
function kernelBtf(): Btf {
  const builder = new BtfBuilder();
  const int = builder.int('int', 4, 'signed');
  const long = builder.int('long', 8, 'signed');
  builder.typedef('pgoff_t', builder.int('long unsigned int', 8));
  builder.struct('path', 16, [
    { name: 'mnt', type: builder.ptr(int), bitOffset: 0 },
    { name: 'dentry', type: builder.ptr(long), bitOffset: 64 },
  ]);
  return Btf.parse(builder.finish());
}

function read(text: string) {
  const diagnostics = new Diagnostics();
  const script = parseScript({ name: 'stdin', text: `${text}\nbegin {}` }, diagnostics);
  const types = readDefinitions(script.definitions, { btf: kernelBtf }, diagnostics);
  return { types, output: diagnostics.list.map(renderDiagnostic).join('') };
}

/** `size: member@offset type, ...` of a struct. */
function describeStruct(text: string, name: string): string {
  const { types, output } = read(text);
  expect(output).toBe('');
  const type = types?.type(name, 'kernel');
  if (!types || !type) return 'unknown';
  const members = types.memberNames(name)?.map((member) => {
    const found = types.member(name, member, 'kernel')!;
    const bits = found.bits ? `:${found.bits.shift}+${found.bits.width}` : '';
    return `${member}@${found.offset}${bits} ${typeName(found.type)}`;
  });
  return `${sizeOf(type)}${members ? `: ${members.join(', ')}` : ''}`;
}

describe('C definitions', () => {
  it.each([
    ['struct s { char a; int b; short c; };', 'struct s', '12: a@0 int8, b@4 int32, c@8 int16'],
    ['struct s { char a; int b; } __attribute__((packed));', 'struct s', '5: a@0 int8, b@1 int32'],
    ['struct __attribute__((packed)) s { char a; long b; };', 'struct s', '9: a@0 int8, b@1 int64'],
    [
      'struct s { char name[16]; u8 mac[6]; uint64_t n; };',
      'struct s',
      '32: name@0 string[16], mac@16 uint8[6], n@24 uint64',
    ],
    [
      'struct s { int a : 3; unsigned b : 5; int c : 30; };',
      'struct s',
      '8: a@0:0+3 int32, b@0:3+5 uint32, c@4:0+30 int32',
    ],
    ['struct s { struct s *next; struct other *o; };', 'struct s', '16: next@0 struct s *, o@8 struct other *'],
    ['union u { int a; char b[9]; };', 'union u', '12: a@0 int32, b@0 string[9]'],
    [
      'struct s { int a; union { long b; char c; }; struct { short d; } e; };',
      'struct s',
      '24: a@0 int32, b@8 int64, c@8 int8, e@16 struct s.e',
    ],
    [
      'struct s { int (*call)(struct s *, int); void *p; char f[]; };',
      'struct s',
      '16: call@0 void *, p@8 void *, f@16 int8[0]',
    ],
    ['#define N (2 * 4)\nenum { M = N << 1 };\nstruct s { int a[N][M]; };', 'struct s', '512: a@0 int32[16][8]'],
    ['struct s { struct path p; pgoff_t off; };', 'struct s', '24: p@0 struct path, off@16 uint64'],
    ['typedef struct { u32 a, *b; } pair_t; struct s { pair_t p; };', 'struct s', '16: p@0 pair_t'],
    [
      'typedef unsigned long long word; struct s { word w; const volatile char *c; };',
      'struct s',
      '16: w@0 uint64, c@8 int8 *',
    ],
    ['struct s { char a; int b __attribute__((aligned(32))); };', 'struct s', '64: a@0 int8, b@32 int32'],
    ['enum e { A, B = 7, C, D = -1 }; struct s { enum e e; bool f; };', 'struct s', '8: e@0 enum e, f@4 bool'],
    [
      '#ifdef BPFTRACE_HAVE_BTF\nstruct s { int a; };\n#else\nstruct s { long a; };\n#endif',
      'struct s',
      '4: a@0 int32',
    ],
    [
      '#define X 3\n#if defined(X) && X > 2 && !defined Y\nstruct s { long a; };\n#elif 1\nstruct s { int a; };\n#endif',
      'struct s',
      '8: a@0 int64',
    ],
    ['#include <linux/sched.h>\nstruct s { s16 a; __be32 b; };', 'struct s', '8: a@0 int16, b@4 uint32'],
  ])('%s', (text, name, expected) => {
    expect(describeStruct(text, name)).toBe(expected);
  });

  it('leave kernel types to the kernel', () => {
    const { types } = read('struct s { struct path p; };');
    expect(types?.type('struct path', 'kernel')).toBeUndefined();
    expect(types?.member('struct path', 'dentry', 'kernel')).toBeUndefined();
    expect([...types!.typeNames()]).toEqual(['struct s']);
  });

  it('give constants', () => {
    const { types, output } = read(
      '#define A 5\n#define B (A + 0x10u) * 2\n#define S "a\\n" "b"\n#define E\n#define F foo(A)\n#define C \'x\'\n#define D B\nenum e { X = 3, Y };\n#define Z (Y | 8)\n#define G A\n#undef G',
    );
    expect(output).toBe('');
    const values = ['A', 'B', 'S', 'E', 'F', 'C', 'D', 'Z', 'G', 'nothing'].map((name) => types!.constant(name));
    expect(values).toEqual([5n, 42n, 'a\nb', undefined, undefined, 120n, 42n, 12n, undefined, undefined]);
    expect(types!.constant('Y')).toMatchObject({ constant: 4n, type: { kind: 'enum', name: 'enum e', size: 4 } });
  });

  it.each([
    [
      'struct s { strct x; };',
      "stdin:1:12-17: ERROR: Unknown type: 'strct'\nstruct s { strct x; };\n           ~~~~~\n",
    ],
    [
      'struct s { struct t x; };',
      "stdin:1:21-22: ERROR: 'x' has the incomplete type struct t\nstruct s { struct t x; };\n                    ~\n",
    ],
    [
      'struct s { int a }; ',
      "stdin:1:18-19: ERROR: expected ';' after the member, found '}'\nstruct s { int a }; \n                 ~\n",
    ],
    [
      'struct s { int a; };\nstruct s { int b; };',
      'stdin:2:8-9: ERROR: Redefinition of struct s\nstruct s { int b; };\n       ~\nstdin:1:8-9: NOTE: the first definition\nstruct s { int a; };\n       ~\n',
    ],
    [
      '#define MAX(a, b) a\nstruct s { int b; };',
      'stdin:1:1-20: WARNING: macro MAX takes arguments and is ignored\n#define MAX(a, b) a\n~~~~~~~~~~~~~~~~~~~\nHINT: write it in the language: macro MAX(...) { ... }\n',
    ],
    ['#if 1\nstruct s { int b; };', 'stdin:1:1-6: ERROR: this condition has no #endif\n#if 1\n~~~~~\n'],
    ['#error "no"', 'stdin:1:1-12: ERROR: #error "no"\n#error "no"\n~~~~~~~~~~~\n'],
    [
      'struct s { int a[N]; };',
      "stdin:1:18-19: ERROR: 'N' is not a constant\nstruct s { int a[N]; };\n                 ~\n",
    ],
    [
      'struct s { char a : 9; };',
      'stdin:1:17-18: ERROR: the bit field is wider than its type\nstruct s { char a : 9; };\n                ~\n',
    ],
  ])('%s', (text, output) => {
    expect(read(text).output).toBe(output);
  });
});

// ---- the layout against the compiler of this machine

const compiler = ['cc', 'gcc', 'clang'].find((name) => spawnSync(name, ['--version']).status === 0);

const scalar = fc.constantFrom(
  'char',
  'short',
  'int',
  'long',
  'unsigned char',
  'unsigned',
  '_Bool',
  'void *',
  'long long',
);
const field = fc.oneof(
  scalar.map((type) => ({ text: `${type} NAME`, offset: true })),
  fc
    .tuple(scalar, fc.integer({ min: 1, max: 9 }))
    .map(([type, length]) => ({ text: `${type} NAME[${length}]`, offset: true })),
  fc
    .tuple(fc.constantFrom('char', 'short', 'int', 'unsigned', 'long'), fc.integer({ min: 1, max: 8 }))
    .map(([type, width]) => ({ text: `${type} NAME : ${width}`, offset: false })),
  fc.constantFrom('int', 'char').map((type) => ({ text: `${type} : 0`, offset: false })),
  fc.tuple(scalar, scalar).map(([a, b]) => ({ text: `struct { ${a} x; ${b} y; } NAME`, offset: true })),
  fc.tuple(scalar, scalar).map(([a, b]) => ({ text: `union { ${a} x; ${b} y; } NAME`, offset: true })),
);
const struct = fc.record({
  kind: fc.constantFrom('struct', 'struct', 'union'),
  attribute: fc.constantFrom('', '', '__attribute__((packed))', '__attribute__((aligned(16)))'),
  fields: fc.array(field, { minLength: 1, maxLength: 7 }),
});

describe.skipIf(compiler === undefined)('layout (needs a C compiler to compare with)', () => {
  it('is what the compiler of this machine makes', () => {
    const generated = fc
      .sample(struct, { numRuns: 400, seed: 7 })
      .filter(({ fields }) => fields.some((one) => !one.text.endsWith(': 0')));
    const definitions = generated.map(({ kind, attribute, fields }, index) => {
      const members = fields.map((one, at) => `${one.text.replace('NAME', `m${at}`)};`).join(' ');
      return { name: `${kind} s${index}`, text: `${kind} s${index} { ${members} } ${attribute};`, fields };
    });
    const questions = definitions.flatMap(({ name, fields }) => [
      `printf("%zu", sizeof(${name}));`,
      ...fields.flatMap((one, at) => (one.offset ? [`printf(" m${at}@%zu", offsetof(${name}, m${at}));`] : [])),
      'printf("\\n");',
    ]);
    const program = `#include <stdio.h>\n#include <stddef.h>\n${definitions.map(({ text }) => text).join('\n')}\nint main(void) { ${questions.join('\n')} }`;
    const answers = runC(program);
    const { types, output } = read(definitions.map(({ text }) => text).join('\n'));
    expect(output).toBe('');
    definitions.forEach(({ name, text, fields }, index) => {
      const type = types!.type(name, 'kernel')!;
      const offsets = fields.flatMap((one, at) =>
        one.offset ? [` m${at}@${types!.member(name, `m${at}`, 'kernel')!.offset}`] : [],
      );
      expect({ text, layout: `${sizeOf(type)}${offsets.join('')}` }).toEqual({ text, layout: answers[index] });
    });
  });
});

function runC(program: string): string[] {
  const directory = mkdtempSync(join(tmpdir(), 'beetrace-layout-'));
  try {
    writeFileSync(join(directory, 'layout.c'), program);
    execFileSync(compiler!, ['-w', '-o', join(directory, 'layout'), join(directory, 'layout.c')]);
    return execFileSync(join(directory, 'layout'), { encoding: 'utf8' }).trimEnd().split('\n');
  } finally {
    rmSync(directory, { recursive: true });
  }
}
