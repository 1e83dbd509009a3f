import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Diagnostics, renderDiagnostic } from '../../base/diagnostic.ts';
import type { Source, Span } from '../../base/source.ts';
import type { BinaryOperator, BlockExpression, Expression, Script, Statement, TypeExpression } from './ast.ts';
import { formatScript } from './format.ts';
import { stringOfBytes } from './parse/literals.ts';
import { parseScript } from './parse/parse.ts';

const NOWHERE: Source = { name: 'generated', text: '' };
const span: Span = { source: NOWHERE, start: 0, end: 0 };

// ---- trees at random

const KEYWORDS = new Set([
  ...['break', 'config', 'continue', 'else', 'for', 'if', 'import', 'let', 'macro', 'fn', 'return', 'unroll', 'while'],
  ...['offsetof', 'sizeof', 'typeof', 'typeinfo', 'comptime', 'true', 'false', 'struct', 'union', 'enum', '_'],
]);
const name = fc.stringMatching(/^[a-z][a-z0-9]{0,5}$/).filter((word) => !KEYWORDS.has(word) && !isType(word));
const typeNames = ['uint64', 'int8', 'string', 'bool', 'size_t', 'struct path', 'enum e', 'unsigned long', 'u32'];

function isType(word: string): boolean {
  return /^(u?int(8|16|32|64)?|string|buffer|inet|bool|void|char|short|long|[us](8|16|32|64)|ksym|usym|float)$/.test(
    word,
  );
}

const BINARY: BinaryOperator[] = [
  ...(['||', '&&', '|', '^', '&', '==', '!=', '<', '>', '<=', '>='] as const),
  ...(['<<', '>>', '+', '-', '*', '/', '%'] as const),
];

const { expression, statement } = fc.letrec<{
  expression: Expression;
  leaf: Expression;
  block: BlockExpression;
  statement: Statement;
  target: Extract<Expression, { kind: 'variable' | 'map' }>;
  type: TypeExpression;
}>((tie) => {
  const one = tie('expression');
  const block = tie('block');
  const type = tie('type');
  const record = <T extends object>(shape: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record<T>(shape as never);
  const make = (kind: string, shape: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(shape).map((fields) => ({ kind, span, ...fields }) as unknown);
  const choice = (
    kind: string,
    condition: fc.Arbitrary<unknown>,
    then: fc.Arbitrary<unknown>,
    otherwise: fc.Arbitrary<unknown>,
  ) => make(kind, { condition, then, otherwise });
  return {
    leaf: fc.oneof(
      fc.bigInt(0n, 0xffff_ffff_ffff_ffffn).map((value) => ({ kind: 'integer', span, value, text: String(value) })),
      make('boolean', { value: fc.boolean() }),
      make('string', { value: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 8 }).map(stringOfBytes)) }),
      make('positional', { index: fc.integer({ min: 1, max: 9 }) }),
      fc.constant({ kind: 'positional-count', span }),
      make('identifier', { name }),
      make('variable', { name }),
    ) as fc.Arbitrary<Expression>,
    target: fc.oneof(
      make('variable', { name }),
      fc
        .record({
          name: fc.oneof(
            fc.constant('@'),
            name.map((word) => `@${word}`),
          ),
          key: fc.option(one, { nil: undefined }),
        })
        .map((fields) => ({ kind: 'map', span, nameSpan: span, ...fields })),
    ) as fc.Arbitrary<Extract<Expression, { kind: 'variable' | 'map' }>>,
    type: fc.oneof(
      make('type-name', {
        name: fc.constantFrom(...typeNames),
        modifiers: fc.array(
          fc.oneof(
            fc.constant({ kind: 'pointer' }),
            record({ kind: fc.constant('array'), length: fc.option(fc.nat(64), { nil: undefined }) }),
          ),
          { maxLength: 3 },
        ),
      }),
      make('typeof', { operand: one }),
    ) as fc.Arbitrary<TypeExpression>,
    block: make('block', {
      statements: fc.array(tie('statement'), { maxLength: 3 }),
      value: fc.option(one, { nil: undefined }),
    }) as fc.Arbitrary<BlockExpression>,
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small', withCrossShrink: true },
      tie('leaf'),
      tie('target'),
      make('binary', { operator: fc.constantFrom(...BINARY), operatorSpan: fc.constant(span), left: one, right: one }),
      make('unary', { operator: fc.constantFrom('!', '~', '-', '*'), operand: one }),
      make('unary', { operator: fc.constant('&'), operand: tie('target') }),
      make('increment', { operator: fc.constantFrom('++', '--'), prefix: fc.boolean(), target: tie('target') }),
      choice('ternary', one, fc.option(one, { nil: undefined }), one),
      choice('if', one, block, fc.option(block, { nil: undefined })),
      make('cast', { type, operand: one }),
      make('member', {
        operand: one,
        member: fc.oneof(name, fc.nat(9).map(String)),
        memberSpan: fc.constant(span),
        arrow: fc.boolean(),
      }),
      make('index', { operand: one, index: one }),
      make('tuple', { elements: fc.array(one, { maxLength: 3 }) }),
      make('record', {
        fields: fc.array(record({ name, span: fc.constant(span), value: one }), { minLength: 1, maxLength: 2 }),
      }),
      make('call', {
        name,
        nameSpan: fc.constant(span),
        args: fc.array(fc.oneof(one, make('type-argument', { type })), { maxLength: 3 }),
      }),
      make('sizeof', { operand: fc.oneof(one, type) }),
      make('offsetof', { operand: fc.oneof(one, type), path: fc.array(name, { minLength: 1, maxLength: 3 }) }),
      make('comptime', { operand: one }),
      block,
    ) as fc.Arbitrary<Expression>,
    statement: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      make('expression-statement', { expression: one }),
      make('let', {
        name,
        nameSpan: fc.constant(span),
        type: fc.option(type, { nil: undefined }),
        value: fc.option(one, { nil: undefined }),
      }),
      make('assign', {
        target: fc.oneof(tie('target'), fc.constant({ kind: 'discard', span })),
        operator: fc.constant(undefined),
        value: one,
      }),
      make('assign', { target: tie('target'), operator: fc.constantFrom('+', '<<', '/', '^'), value: one }),
      make('for-map', {
        variable: name,
        variableSpan: fc.constant(span),
        map: make('map', {
          name: name.map((word) => `@${word}`),
          nameSpan: fc.constant(span),
          key: fc.constant(undefined),
        }),
        body: block,
      }),
      make('for-range', { variable: name, variableSpan: fc.constant(span), from: one, to: one, body: block }),
      make('while', { condition: one, body: block }),
      make('unroll', { count: one, body: block }),
      fc.constantFrom({ kind: 'break', span }, { kind: 'continue', span }),
      make('return', { value: fc.option(one, { nil: undefined }) }),
      make('import-statement', { path: fc.string() }),
    ) as fc.Arbitrary<Statement>,
  };
});

/** The tree without the places that it was read from. */
function bare(tree: unknown): unknown {
  return JSON.parse(
    JSON.stringify(tree, (key, value: unknown) => {
      if (/span$/i.test(key)) return undefined;
      return typeof value === 'bigint' ? `${value}n` : value;
    }),
  );
}

function read(text: string): Script {
  const diagnostics = new Diagnostics();
  const script = parseScript({ name: 'generated', text }, diagnostics);
  expect(diagnostics.list.map(renderDiagnostic).join('')).toBe('');
  return script;
}

describe('format', () => {
  it('prints what reads as the same tree', () => {
    fc.assert(
      fc.property(
        fc.option(expression, { nil: undefined }),
        fc.array(statement, { maxLength: 3 }),
        (predicate, statements) => {
          const body: BlockExpression = { kind: 'block', span, statements, value: undefined };
          const attachPoints = [{ span, label: undefined, text: 'begin' }];
          const items = [{ kind: 'probe', span, attachPoints, predicate, body }] as const;
          const script: Script = { span, definitions: [], config: [], imports: [], items, comments: [] };
          expect(bare(read(formatScript(script)).items)).toEqual(bare(items));
        },
      ),
      { numRuns: 1500 },
    );
  });

  it('keeps comments and blank lines, and is stable', () => {
    const text = `// what this is
#include <linux/path.h>
struct s { int a; /* kept */ };
config = { max_strlen = 64; stack_mode = "perf" }
let @m = hash(10);   // a map
macro add($x, @m, e) { @m[$x] = e }
fn twice($x : uint64) : uint64 { return $x * 2; }
// counts
one=kprobe:vfs_read, tracepoint:a:b /pid == 1 && (comm == "x" || 4/2/1)/ {
  // first
  @[comm, pid] = count(); // by process

  if (1) { printf("%s\\n", "a"); } else if 2 { } else { $x = (uint64*)5; }
  for ($kv : @) { print($kv.0.1) }
  /* last */
}
`;
    const once = formatScript(read(text));
    expect(once).toMatchInlineSnapshot(`
      "// what this is
      #include <linux/path.h>
      struct s { int a; /* kept */ };

      config = {
        max_strlen = 64;
        stack_mode = perf;
      }

      let @m = hash(10); // a map

      macro add($x, @m, e)
      {
        @m[$x] = e;
      }

      fn twice($x : uint64) : uint64
      {
        return $x * 2;
      }

      // counts
      one=kprobe:vfs_read,
      tracepoint:a:b
      /pid == 1 && (comm == "x" || 4 / 2 / 1)/
      {
        // first
        @[comm, pid] = count(); // by process

        if (1) {
          printf("%s\\n", "a");
        } else if (2) {} else {
          $x = (uint64 *)5;
        }
        for ($kv : @) {
          print($kv.0.1)
        }
        /* last */
      }
      "
    `);
    expect(formatScript(read(once))).toBe(once);
    expect(bare(read(once).items)).toEqual(bare(read(text).items));
  });
});
