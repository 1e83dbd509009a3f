import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../../../base/diagnostic.ts';
import type { Expression } from '../ast.ts';
import { dumpExpression, dumpScript } from '../dump.ts';
import { formatExpression } from '../format.ts';
import { integerValue, quote, stringBytes, stringOfBytes } from './literals.ts';
import { parseScript } from './parse.ts';

function parse(text: string) {
  const diagnostics = new Diagnostics();
  const script = parseScript({ name: 'stdin', text }, diagnostics);
  return { script, output: diagnostics.list.map(renderDiagnostic).join('') };
}

function parseClean(text: string) {
  const { script, output } = parse(text);
  expect(output).toBe('');
  return script;
}

/** The value of a probe's body. */
function expression(text: string): Expression {
  const [probe] = parseClean(`begin { ${text} }`).items;
  if (probe?.kind !== 'probe' || !probe.body.value) throw new Error(`no value in ${text}`);
  return probe.body.value;
}

/** The expression with all its parentheses, so that grouping shows. */
function grouped(text: string): string {
  const show = (one: Expression): string => {
    switch (one.kind) {
      case 'binary':
        return `(${show(one.left)} ${one.operator} ${show(one.right)})`;
      case 'unary':
        return `(${one.operator}${show(one.operand)})`;
      case 'ternary':
        return `(${show(one.condition)} ? ${one.then ? show(one.then) : ''} : ${show(one.otherwise)})`;
      case 'cast':
        return `(cast ${show(one.operand)})`;
      case 'member':
        return `(${show(one.operand)}.${one.member})`;
      case 'index':
        return `(${show(one.operand)}[${show(one.index)}])`;
      case 'increment':
        return one.prefix ? `(${one.operator}${show(one.target)})` : `(${show(one.target)}${one.operator})`;
      default:
        return formatExpression(one);
    }
  };
  return show(expression(text));
}

describe('integers', () => {
  it.each([
    ['0', 0n],
    ['42', 42n],
    ['1_000', 1000n],
    ['0x1F', 31n],
    ['0XffULL', 255n],
    ['0b101', 5n],
    ['017', 15n],
    ['5u', 5n],
    ['5ull', 5n],
    ['5L', 5n],
    ['2e3', 2000n],
    ['1e6', 1_000_000n],
    ['1ns', 1n],
    ['2us', 2000n],
    ['3ms', 3_000_000n],
    ['1s', 1_000_000_000n],
    ['1m', 60_000_000_000n],
    ['2h', 7_200_000_000_000n],
    ['1d', 86_400_000_000_000n],
    ['18446744073709551615', 0xffff_ffff_ffff_ffffn],
  ])('%s', (text, value) => {
    expect(integerValue(text)).toBe(value);
  });

  it.each(['12e3', '0e3', '08', '1_', '5x', '0x', '0b2', '18446744073709551616', '1e20', '9e99', '1sm'])(
    'not %s',
    (text) => {
      expect(integerValue(text)).toMatchObject({ problem: expect.stringContaining(text) });
    },
  );
});

describe('strings', () => {
  it.each([
    ['"a\\n\\t\\r\\"\\\\b"', 'a\n\t\r"\\b'],
    ['"\\x41\\101\\0"', 'AA\0'],
    ['"é€"', 'é€'],
    ['"\\xc3\\xa9"', 'é'],
    ['"\\xff"', '\udcff'],
    ['""', ''],
  ])('%s', (text, value) => {
    expect(expression(text)).toMatchObject({ kind: 'string', value });
  });

  it('convert to bytes and back', () => {
    for (const bytes of [[], [65], [0xc3, 0xa9], [0xff, 0x41, 0xc3], [0xe2, 0x82, 0xac, 0xed, 0xa0, 0x80]]) {
      expect([...stringBytes(stringOfBytes(Uint8Array.from(bytes)))]).toEqual(bytes);
    }
    expect(quote('a"\n\udcff\x01é')).toBe('"a\\"\\n\\xff\\x01é"');
  });
});

describe('expressions', () => {
  it.each([
    ['1 + 2 * 3', '(1 + (2 * 3))'],
    ['1 - 2 - 3', '((1 - 2) - 3)'],
    ['1 | 2 ^ 3 & 4 == 5 < 6 << 7 + 8 * 9', '(1 | (2 ^ (3 & (4 == (5 < (6 << (7 + (8 * 9))))))))'],
    ['1 && 2 || 3 && 4', '((1 && 2) || (3 && 4))'],
    ['1 ? 2 : 3 ? 4 : 5', '(1 ? 2 : (3 ? 4 : 5))'],
    ['1 ?: 2', '(1 ?  : 2)'],
    ['$a ? $b ? 1 : 2 : 3', '($a ? ($b ? 1 : 2) : 3)'],
    ['-1 + !$a', '((-1) + (!$a))'],
    ['*$p.x', '(*($p.x))'],
    ['&$x', '(&$x)'],
    ['$a.b->c[1].2', '(((($a.b).c)[1]).2)'],
    ['$t.0.1', '(($t.0).1)'],
    ['$a++ + ++$b', '(($a++) + (++$b))'],
    ['@x[1]--', '(@x[1]--)'],
    ['(uint64)$a + 1', '((cast $a) + 1)'],
    ['(uint8)-1', '(cast (-1))'],
    ['(uint32 *)$a', '(cast $a)'],
    ['(struct path *)arg0', '(cast arg0)'],
    ['(foo)$x', '(cast $x)'],
    ['(foo)(1)', '(cast 1)'],
    ['(pid) - 1', '(pid - 1)'],
    ['(nsecs) * 2', '(nsecs * 2)'],
    ['(size_t)*$p', '(cast (*$p))'],
    ['(int8[])"abc"', '(cast "abc")'],
    ['(int8[4])$x', '(cast $x)'],
    ['(unsigned long long)5', '(cast 5)'],
    ['(const char *)arg1', '(cast arg1)'],
    ['(typeof($x))5', '(cast 5)'],
    ['(($x))', '$x'],
    ['((uint64)1)', '(cast 1)'],
  ])('%s', (text, expected) => {
    expect(grouped(text)).toBe(expected);
  });

  it.each([
    '(1, 2)',
    '(1,)',
    '()',
    '(x = 1, y = "s")',
    'f()',
    'f(1, $x)',
    'sizeof(struct path)',
    'sizeof(uint64 *)',
    'sizeof($x)',
  ])('%s reads as it is printed', (text) => {
    expect(formatExpression(expression(text))).toBe(text);
  });

  it('know types in arguments', () => {
    expect(
      dumpExpression(expression('container_of($p, struct sock, sk) + offsetof(struct a, b.c) + f(int32, size_t)')),
    ).toMatchInlineSnapshot(`
      "binary +
        binary +
          call container_of
            variable $p
            type struct sock
            name sk
          offsetof b.c
            type struct a
        call f
          type int32
          type size_t
      "
    `);
  });

  it('join several keys in one tuple', () => {
    expect(dumpExpression(expression('@[1, 2]'))).toBe(dumpExpression(expression('@[(1, 2)]')));
  });
});

describe('scripts', () => {
  it('have all kinds of items and statements', () => {
    const script = parseClean(`#!/usr/bin/env beetrace
/* a comment */
#include <linux/fs.h>
#define X 1
struct s { int a; } __attribute__((packed));
enum e { A, B }
config = { max_strlen = 64; missing_probes=warn }
import "lib.bt";
let @m = lruhash(100);
macro twice($x, @y, z) { $x + $x }
fn add($a : uint64, $b : struct s *) : uint64 { return $a; }
BEGIN, END { }
one=kprobe:vfs_read, uprobe:/bin/bash:"a b:c",
tracepoint:a:b, /pid == 1 / 2/ {
  let $a;
  let $b : uint8 = 1;
  $a = 1; $a <<= 2; @x[1, 2] += 3; _ = f();
  @ = count();
  for ($kv : @m) { print($kv); }
  for $i : 0..10 { if $i == 5 { break } else if ($i > 6) { continue; } else { $i } }
  for $i : $a.b..f(1) { }
  while ($a < 3) { $a++ }
  unroll(5) { $a-- }
  { 1; }
  import "x.bt";
  if comptime (1 == 2) { return; }
  return 1
}
interval:s:1/1/{ exit() }`);
    expect(dumpScript(script)).toMatchInlineSnapshot(`
      "script
        definition #include <linux/fs.h>
        definition #define X 1
        definition struct s { int a; } __attribute__((packed));
        definition enum e { A, B }
        config max_strlen = 64
        config missing_probes = warn
        import "lib.bt"
        let @m = lruhash
          integer 100
        macro twice
          parameter $x
          parameter @y
          parameter z
          value
            binary +
              variable $x
              variable $x
        fn add : uint64
          parameter $a : uint64
          parameter $b : struct s *
          return
            variable $a
        probe
          attach BEGIN
          attach END
        probe
          attach one = kprobe:vfs_read
          attach uprobe:/bin/bash:"a b:c"
          attach tracepoint:a:b
          predicate
            binary ==
              name pid
              binary /
                integer 1
                integer 2
          let $a
          let $b : uint8
            integer 1
          assign =
            variable $a
            integer 1
          assign <<=
            variable $a
            integer 2
          assign +=
            map @x
              tuple
                integer 1
                integer 2
            integer 3
          assign =
            _
            call f
          assign =
            map @
            call count
          for $kv
            map @m
            body
              call print
                variable $kv
          for $i
            range
              integer 0
              integer 10
            body
              value
                if
                  binary ==
                    variable $i
                    integer 5
                  then
                    break
                  else
                    if
                      binary >
                        variable $i
                        integer 6
                      then
                        continue
                      else
                        block
                          value
                            variable $i
          for $i
            range
              member .b
                variable $a
              call f
                integer 1
            body
          while
            binary <
              variable $a
              integer 3
            body
              value
                after ++
                  variable $a
          unroll
            integer 5
            body
              value
                after --
                  variable $a
          block
            integer 1
          import "x.bt"
          if
            comptime
              binary ==
                integer 1
                integer 2
            then
              return
          return
            integer 1
        probe
          attach interval:s:1
          predicate
            integer 1
          value
            call exit
      "
    `);
    expect(script.comments.map(({ start, end }) => script.span.source.text.slice(start, end))).toEqual([
      '/* a comment */',
    ]);
  });

  it('end predicates at the slash before a block', () => {
    const [a, b, c] = parseClean('k:f /@a[tid] / 2/ { } k:f /(1 / 2) > {3}/ { } uprobe:/bin/a/b:c /1/ {}').items;
    expect(a).toMatchObject({ predicate: { kind: 'binary', operator: '/' } });
    expect(b).toMatchObject({ predicate: { kind: 'binary', operator: '>' } });
    expect(c).toMatchObject({ attachPoints: [{ text: 'uprobe:/bin/a/b:c' }], predicate: { kind: 'integer' } });
  });

  it('take attach points as they are', () => {
    const [probe] = parseClean('tracepoint:syscalls:sys_*/pid/{} ').items;
    expect(probe).toMatchObject({ attachPoints: [{ text: 'tracepoint:syscalls:sys_*' }], predicate: { name: 'pid' } });
    const [other] = parseClean('uprobe:/lib/libc.so:cpp:"f(int, char)",x=kprobe:$1+4,{}').items;
    expect(other).toMatchObject({
      attachPoints: [{ text: 'uprobe:/lib/libc.so:cpp:"f(int, char)"' }, { label: 'x', text: 'kprobe:$1+4' }],
    });
  });

  it('read the empty script', () => {
    expect(parseClean('').items).toEqual([]);
    expect(parseClean('// nothing\n').items).toEqual([]);
  });

  it('give up on what is nested too deeply', () => {
    expect(parse(`begin { ${'('.repeat(5000)}1 }`).output).toContain('this is nested too deeply');
    expect(parse(`begin { print(1${'+1'.repeat(5000)}); }`).output).toContain('this is nested too deeply');
    expect(parse(`begin ${'{'.repeat(5000)}`).output).toContain('this is nested too deeply');
    expect(parse(`begin { ${'-'.repeat(2)}${'!'.repeat(5000)}1 }`).output).toContain('this is nested too deeply');
  });
});

/** Each with what is said about it in the snapshot below. */
const WRONG: readonly string[] = [
  'begin { $x = ; }',
  'begin { printf("a) }',
  'begin { printf("a"',
  "begin { printf('a') }",
  'begin { @x = 12e3; }',
  'begin { $a = 1 $b = 2; }',
  'begin {\n  $a = 1\n  $b = 2;\n}',
  'kprobe:f {\n  if (1) {\n  @ = 1;\n}\nkprobe:g {\n  @ = 2;\n}\nkprobe:h { $x = ; }',
  'kprobe:f {\n  @ = 1;\n',
  'kprobe:f',
  'kprobe:f /pid == 1 { }',
  '{ }',
  'begin { 1 = 2; x = 3; }',
  'begin { $x.y = 3; }',
  'begin { ++5; &f(); 5++ }',
  'begin { if (1) @ = 1; }',
  'begin { if (1) { } else @ = 1; }',
  'begin { for ($i : 5) { } }',
  'begin { for (i : @) { } }',
  'begin { let x = 1; let @m = hash(1); }',
  'begin { $x = 1.5; }',
  'begin { @[] = 1; }',
  'begin { "\\q" + "\\400" }',
  'begin { $0 }',
  'begin { else }',
  'begin { a ? b }',
  'begin { f(1, }',
  'begin { /* open',
  'begin { } struct s { int a; };',
  'begin { } config = { max_strlen = 1 }',
  'begin { } import "a.bt";',
  'config = { a = 1 } config = { b = 2 } begin {}',
  'config = { a }',
  'struct s { int a; ',
  'let @m = hash(1)\nbegin {}',
  'let $m = hash(1);',
  'macro f { 1 }',
  'macro f(1) { 1 }',
  'fn f($a) : uint8 { }',
  'fn f($a : uint8) { }',
  'uprobe:"a b:f { }',
  'begin { # }',
  'begin { $x = (uint8; }',
  'begin { a.; b->5x; $c[1 }',
  'begin { @a = 1;; $b = $; @c = 2 @d }\nend { ) }',
];

/** Pieces that scripts are made of, and some that they are not. */
const PIECES = [
  ...['begin', 'kprobe:f', 'uprobe:/bin/a:b', ',', '{', '}', '(', ')', '[', ']', '/', '/*', '*/', '//', '\n', ' ', ';'],
  ...['$x', '@', '@m', '$1', '$#', '1', '2s', '12e3', '"s"', '"', "'", '=', '==', '+', '++', '-', '*', '&', '?', ':'],
  ...['.', '..', '->', 'if', 'else', 'for', 'while', 'unroll', 'let', 'return', 'macro', 'fn', 'config', 'import'],
  ...[
    'struct s',
    'sizeof',
    'offsetof',
    'typeof',
    'comptime',
    'uint64',
    'pid',
    'count()',
    '#',
    '#define',
    '\\',
    'é',
    '\0',
  ],
];

describe('wrong scripts', () => {
  it('never stop the parser, and are all reported inside of the text', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 3 })), { maxLength: 30 }),
        (pieces) => {
          const source = { name: 'stdin', text: pieces.join(' ') };
          const diagnostics = new Diagnostics();
          parseScript(source, diagnostics);
          for (const { span, message } of diagnostics.list) {
            expect(message).toMatch(/^syntax: /);
            expect(span!.start).toBeGreaterThanOrEqual(0);
            expect(span!.end).toBeGreaterThanOrEqual(span!.start);
            expect(span!.end).toBeLessThanOrEqual(source.text.length);
          }
          // Each error is at a place of its own: nothing is reported twice.
          const places = diagnostics.list.map(({ span, message }) => `${span!.start} ${message}`);
          expect(new Set(places).size).toBe(places.length);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('are explained', () => {
    const table = WRONG.map((text) => `>>> ${text}\n${parse(text).output}`).join('\n');
    expect(table).toMatchInlineSnapshot(`
      ">>> begin { $x = ; }
      stdin:1:14-15: ERROR: syntax: expected an expression, found ';'
      begin { $x = ; }
                   ~

      >>> begin { printf("a) }
      stdin:1:16-21: ERROR: syntax: the string does not end on its line
      begin { printf("a) }
                     ~~~~~
      HINT: close it with ", or write a newline as \\n

      >>> begin { printf("a"
      stdin:1:19-19: ERROR: syntax: expected ')' to close the arguments of printf(), found the end of the script
      begin { printf("a"
                        ~
      stdin:1:15-16: NOTE: the '(' that is not closed
      begin { printf("a"
                    ~

      >>> begin { printf('a') }
      stdin:1:16-17: ERROR: syntax: unexpected character '''
      begin { printf('a') }
                     ~
      HINT: strings are written with double quotes

      >>> begin { @x = 12e3; }
      stdin:1:14-18: ERROR: syntax: '12e3' is not an integer
      begin { @x = 12e3; }
                   ~~~~
      HINT: before the exponent stands one digit, 1 to 9

      >>> begin { $a = 1 $b = 2; }
      stdin:1:16-18: ERROR: syntax: expected ';' or '}' after the statement, found '$b'
      begin { $a = 1 $b = 2; }
                     ~~

      >>> begin {
        $a = 1
        $b = 2;
      }
      stdin:2:8-9: ERROR: syntax: expected ';' at the end of the line
        $a = 1
             ~

      >>> kprobe:f {
        if (1) {
        @ = 1;
      }
      kprobe:g {
        @ = 2;
      }
      kprobe:h { $x = ; }
      stdin:5:1-7: ERROR: syntax: expected '}' to close the block, found 'kprobe:g'
      kprobe:g {
      ~~~~~~
      stdin:1:10-11: NOTE: the '{' that is not closed
      kprobe:f {
               ~
      stdin:8:17-18: ERROR: syntax: expected an expression, found ';'
      kprobe:h { $x = ; }
                      ~

      >>> kprobe:f {
        @ = 1;

      stdin:3:1-1: ERROR: syntax: expected '}' to close the block, found the end of the script

      ~
      stdin:1:10-11: NOTE: the '{' that is not closed
      kprobe:f {
               ~

      >>> kprobe:f
      stdin:1:9-9: ERROR: syntax: expected '{' after the probe, found the end of the script
      kprobe:f
              ~
      HINT: a probe is written PROBE[,PROBE] [/PREDICATE/] { ACTION }

      >>> kprobe:f /pid == 1 { }
      stdin:1:20-21: ERROR: syntax: expected '/' at the end of the predicate
      kprobe:f /pid == 1 { }
                         ~
      stdin:1:10-11: NOTE: the predicate begins here
      kprobe:f /pid == 1 { }
               ~

      >>> { }
      stdin:1:1-2: ERROR: syntax: expected a probe, found '{'
      { }
      ~
      HINT: a probe begins with its provider: kprobe:vfs_read { ... }

      >>> begin { 1 = 2; x = 3; }
      stdin:1:9-10: ERROR: syntax: only variables and maps can be assigned to
      begin { 1 = 2; x = 3; }
              ~
      stdin:1:16-17: ERROR: syntax: only variables and maps can be assigned to
      begin { 1 = 2; x = 3; }
                     ~
      HINT: a variable is written $x, a map @x

      >>> begin { $x.y = 3; }
      stdin:1:9-13: ERROR: syntax: only variables and maps can be assigned to
      begin { $x.y = 3; }
              ~~~~

      >>> begin { ++5; &f(); 5++ }
      stdin:1:11-12: ERROR: syntax: '++' needs a variable or a map
      begin { ++5; &f(); 5++ }
                ~
      stdin:1:15-18: ERROR: syntax: '&' takes a variable or a map
      begin { ++5; &f(); 5++ }
                    ~~~
      HINT: only variables and maps have an address here
      stdin:1:20-21: ERROR: syntax: '++' needs a variable or a map
      begin { ++5; &f(); 5++ }
                         ~

      >>> begin { if (1) @ = 1; }
      stdin:1:16-17: ERROR: syntax: expected '{' after the condition, found '@'
      begin { if (1) @ = 1; }
                     ~
      HINT: the branches of an if stand in braces

      >>> begin { if (1) { } else @ = 1; }
      stdin:1:25-26: ERROR: syntax: expected '{' or 'if' after else, found '@'
      begin { if (1) { } else @ = 1; }
                              ~
      HINT: the branches of an if stand in braces

      >>> begin { for ($i : 5) { } }
      stdin:1:20-21: ERROR: syntax: expected '..' and the end of the range, found ')'
      begin { for ($i : 5) { } }
                         ~
      HINT: loops run over a map or a range a..b

      >>> begin { for (i : @) { } }
      stdin:1:14-15: ERROR: syntax: expected the variable of the loop, found 'i'
      begin { for (i : @) { } }
                   ~

      >>> begin { let x = 1; let @m = hash(1); }
      stdin:1:13-14: ERROR: syntax: expected a variable such as $x, found 'x'
      begin { let x = 1; let @m = hash(1); }
                  ~
      stdin:1:24-26: ERROR: syntax: expected a variable, found '@m'
      begin { let x = 1; let @m = hash(1); }
                             ~~
      HINT: maps are declared outside of probes: let @m = hash(100);

      >>> begin { $x = 1.5; }
      stdin:1:15-16: ERROR: syntax: numbers are integers and have no '.'
      begin { $x = 1.5; }
                    ~
      HINT: write a fraction of a second in ms, us or ns

      >>> begin { @[] = 1; }
      stdin:1:11-12: ERROR: syntax: expected a key, found ']'
      begin { @[] = 1; }
                ~
      HINT: a map without a key is written without brackets

      >>> begin { "\\q" + "\\400" }
      stdin:1:10-12: ERROR: syntax: unknown escape '\\q'
      begin { "\\q" + "\\400" }
               ~~
      HINT: escapes are \\n \\t \\r \\" \\\\, octal \\ooo and hexadecimal \\xhh

      >>> begin { $0 }
      stdin:1:9-11: ERROR: syntax: there is no parameter $0
      begin { $0 }
              ~~
      HINT: the first is $1

      >>> begin { else }
      stdin:1:9-13: ERROR: syntax: expected an expression, found 'else'
      begin { else }
              ~~~~
      HINT: 'else' is a keyword

      >>> begin { a ? b }
      stdin:1:15-16: ERROR: syntax: expected ':' of the ternary, found '}'
      begin { a ? b }
                    ~

      >>> begin { f(1, }
      stdin:1:14-15: ERROR: syntax: expected an expression, found '}'
      begin { f(1, }
                   ~

      >>> begin { /* open
      stdin:1:9-11: ERROR: syntax: the comment is not closed
      begin { /* open
              ~~
      HINT: close it with */

      >>> begin { } struct s { int a; };
      stdin:1:11-31: ERROR: syntax: C definitions must appear before probes and functions
      begin { } struct s { int a; };
                ~~~~~~~~~~~~~~~~~~~~

      >>> begin { } config = { max_strlen = 1 }
      stdin:1:11-38: ERROR: syntax: config must appear before probes and functions
      begin { } config = { max_strlen = 1 }
                ~~~~~~~~~~~~~~~~~~~~~~~~~~~

      >>> begin { } import "a.bt";
      stdin:1:11-24: ERROR: syntax: root imports must appear before probes and functions
      begin { } import "a.bt";
                ~~~~~~~~~~~~~

      >>> config = { a = 1 } config = { b = 2 } begin {}
      stdin:1:20-38: ERROR: syntax: there can be only one config block
      config = { a = 1 } config = { b = 2 } begin {}
                         ~~~~~~~~~~~~~~~~~~
      stdin:1:1-19: NOTE: the first one
      config = { a = 1 } config = { b = 2 } begin {}
      ~~~~~~~~~~~~~~~~~~

      >>> config = { a }
      stdin:1:14-15: ERROR: syntax: expected '=' after the setting 'a', found '}'
      config = { a }
                   ~

      >>> struct s { int a; 
      stdin:1:19-19: ERROR: syntax: expected '}' to close the definition, found the end of the script
      struct s { int a; 
                        ~
      stdin:1:10-11: NOTE: the '{' that is not closed
      struct s { int a; 
               ~

      >>> let @m = hash(1)
      begin {}
      stdin:1:16-17: ERROR: syntax: expected ';' at the end of the line
      let @m = hash(1)
                     ~

      >>> let $m = hash(1);
      stdin:1:5-7: ERROR: syntax: expected a map, found '$m'
      let $m = hash(1);
          ~~
      HINT: variables are declared inside of probes

      >>> macro f { 1 }
      stdin:1:9-10: ERROR: syntax: expected '(' after macro f, found '{'
      macro f { 1 }
              ~

      >>> macro f(1) { 1 }
      stdin:1:9-10: ERROR: syntax: expected a parameter: $variable, @map or a name, found '1'
      macro f(1) { 1 }
              ~

      >>> fn f($a) : uint8 { }
      stdin:1:8-9: ERROR: syntax: expected ':' and the type of $a, found ')'
      fn f($a) : uint8 { }
             ~

      >>> fn f($a : uint8) { }
      stdin:1:18-19: ERROR: syntax: expected ':' and the type of the result, found '{'
      fn f($a : uint8) { }
                       ~

      >>> uprobe:"a b:f { }
      stdin:1:8-9: ERROR: syntax: the quoted part of the probe does not end on its line
      uprobe:"a b:f { }
             ~

      >>> begin { # }
      stdin:1:9-10: ERROR: syntax: unexpected character '#'
      begin { # }
              ~

      >>> begin { $x = (uint8; }
      stdin:1:20-21: ERROR: syntax: expected ')' to close the group, found ';'
      begin { $x = (uint8; }
                         ~
      stdin:1:14-15: NOTE: the '(' that is not closed
      begin { $x = (uint8; }
                   ~

      >>> begin { a.; b->5x; $c[1 }
      stdin:1:11-12: ERROR: syntax: expected the name of a field after '.', found ';'
      begin { a.; b->5x; $c[1 }
                ~
      stdin:1:17-18: ERROR: syntax: expected ';' or '}' after the statement, found 'x'
      begin { a.; b->5x; $c[1 }
                      ~
      stdin:1:25-26: ERROR: syntax: expected ']' to close the index, found '}'
      begin { a.; b->5x; $c[1 }
                              ~
      stdin:1:22-23: NOTE: the '[' that is not closed
      begin { a.; b->5x; $c[1 }
                           ~

      >>> begin { @a = 1;; $b = $; @c = 2 @d }
      end { ) }
      stdin:1:23-24: ERROR: syntax: unexpected character '$'
      begin { @a = 1;; $b = $; @c = 2 @d }
                            ~
      stdin:1:33-35: ERROR: syntax: expected ';' or '}' after the statement, found '@d'
      begin { @a = 1;; $b = $; @c = 2 @d }
                                      ~~
      stdin:2:7-8: ERROR: syntax: expected an expression, found ')'
      end { ) }
            ~
      "
    `);
  });
});
