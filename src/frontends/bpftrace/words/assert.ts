// assert, static_assert, fail: what must hold when the script runs, or when it is compiled.

import { exitRun } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import type { Expression } from '../ast.ts';
import { constantNumber, isUnresolved } from '../check/types.ts';
import { literalString } from './families.ts';
import type { ExpressionWord } from './word.ts';

export const assertWord: ExpressionWord = {
  name: 'assert',
  kind: 'function',
  signature: 'assert(condition, "message")',
  doc: 'Ends the run with exit code 1 and a message when the condition is false.',
  args: [2, 2],
  check(cx, use) {
    cx.info(use.args[0]!);
    literalString(cx, use, 1);
    return VOID;
  },
  lower(cx, use) {
    const { b } = cx.p;
    const holds = b.block('holds');
    const failed = b.block('failed');
    cx.branch(use.args[0] as Expression, holds, failed);
    b.enter(failed);
    const message = (cx.constant(use.args[1]) as string).replaceAll('%', '%%');
    cx.send({ kind: 'printf', format: `assert failed: ${message}\n`, stream: 'error' }, []);
    exitRun(cx.p, b.const(1));
    b.enter(holds);
    return undefined;
  },
};

export const staticAssert: ExpressionWord = {
  name: 'static_assert',
  kind: 'function',
  signature: 'static_assert(condition, "message")',
  doc: 'Refuses to compile the script when the condition, which must be known then, is false.',
  args: [2, 2],
  check(cx, use) {
    const info = cx.info(use.args[0]!);
    const message = literalString(cx, use, 1) ?? '';
    const value = constantNumber(info);
    if (value === undefined && !isUnresolved(info.type)) {
      cx.error('not-constant', 'static_assert() expects a condition that is known at compile time', use.args[0]!.span);
    } else if (value === 0n) cx.error('static-assert', `static assert failed: ${message}`, use.span);
    return VOID;
  },
  lower: () => undefined,
};

export const fail: ExpressionWord = {
  name: 'fail',
  kind: 'function',
  signature: 'fail("message"[, value, ...])',
  doc: 'Refuses to compile the script where this is reached; for branches that a comptime condition should rule out.',
  args: [1, 128],
  check(cx, use) {
    const values = use.args.slice(1).map((arg) => cx.constant(arg));
    const message = literalString(cx, use, 0) ?? '';
    cx.error(
      'fail',
      message.replace(/%[a-z]+/g, (text) => String(values.shift() ?? text)),
      use.span,
    );
    return VOID;
  },
  lower: () => undefined,
};
