// strerror, signal_name, syscall_name: numbers that have names. The value stays a number, which user space prints by name,
// so that nothing but four bytes is copied; compared with a literal string, the string becomes its number.

import { cast, scalar } from '../../../compiler/operations/index.ts';
import type { TypeOf } from '../../../image/index.ts';
import type { CheckContext } from '../check/context.ts';
import { constantNumber, isInteger, isUnresolved } from '../check/types.ts';
import { errorTexts } from './error-texts.ts';
import { wrongArgument } from './families.ts';
import { signalNames } from './signal.ts';
import type { ExpressionWord } from './word.ts';

type Named = TypeOf<'enum'>['values'];

function namesWord(name: string, doc: string, values: (cx: CheckContext) => Named): ExpressionWord {
  const types = new WeakMap<object, TypeOf<'enum'>>();
  const typeOf = (cx: CheckContext): TypeOf<'enum'> => {
    const key = cx.scope.environment;
    let type = types.get(key);
    if (!type) {
      type = { kind: 'enum', name, size: 4, signed: true, values: values(cx) };
      types.set(key, type);
    }
    return type;
  };
  return {
    name,
    kind: 'function',
    signature: `${name}(number)`,
    doc,
    args: [1, 1],
    check(cx, use) {
      const info = cx.info(use.args[0]!);
      if (!isUnresolved(info.type) && !isInteger(info.type)) wrongArgument(cx, use, 0, 'an integer', info.type);
      const known = constantNumber(info);
      return known === undefined ? typeOf(cx) : { type: typeOf(cx), constant: BigInt.asIntN(32, known) };
    },
    lower(cx, use) {
      const [number] = use.args;
      const type = cx.type(use.node);
      return scalar(type, cast(cx.p, cx.scalar(number!), cx.type(number!), type));
    },
  };
}

export const strerror = namesWord('strerror', 'The text of an error number.', () =>
  [...errorTexts].map(([value, name]) => ({ name, value: BigInt(value) })),
);

export const signalName = namesWord('signal_name', 'The name of a signal.', () =>
  signalNames.map((name, index) => ({ name, value: BigInt(index + 1) })),
);

export const syscallName = namesWord('syscall_name', 'The name of a system call.', (cx) =>
  [...cx.scope.environment.syscalls()].map(([name, number]) => ({ name, value: BigInt(number) })),
);
