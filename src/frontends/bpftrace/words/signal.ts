// signal and signal_thread: a signal to the process that was hit.

import { nearest } from '../../../base/text.ts';
import { signal as sendSignal } from '../../../compiler/operations/index.ts';
import { VOID } from '../../../image/index.ts';
import { isInteger, isUnresolved } from '../check/types.ts';
import { wrongArgument } from './families.ts';
import type { ExpressionWord } from './word.ts';

/** Signals 1 to 31 of Linux on x86-64 and arm64, signal(7). */
const NAMES =
  'HUP INT QUIT ILL TRAP ABRT BUS FPE KILL USR1 SEGV USR2 PIPE ALRM TERM STKFLT CHLD CONT STOP TSTP TTIN TTOU URG XCPU XFSZ VTALRM PROF WINCH IO PWR SYS'.split(
    ' ',
  );

/** The number of a signal by name, with or without `SIG`. */
function signalNumber(name: string): number | undefined {
  const index = NAMES.indexOf(name.toUpperCase().replace(/^SIG/, ''));
  return index === -1 ? undefined : index + 1;
}

/** Names of signals in the order of their numbers, from 1. */
export const signalNames: readonly string[] = NAMES.map((name) => `SIG${name}`);

function signalWord(name: string, target: 'process' | 'thread', doc: string): ExpressionWord {
  return {
    name,
    kind: 'function',
    signature: `${name}(number or "name")`,
    doc,
    args: [1, 1],
    unsafe: true,
    check(cx, use) {
      const { type, constant } = cx.info(use.args[0]!);
      if (typeof constant === 'string' && signalNumber(constant) === undefined) {
        const report = cx.error('signal', `${constant} is not a valid signal`, use.args[0]!.span);
        const meant = nearest(constant.toUpperCase(), signalNames);
        if (meant) report.hint(`did you mean '${meant}'?`);
      } else if (typeof constant === 'bigint' && (constant < 1n || constant > 64n)) {
        cx.error('signal', `${constant} is not a valid signal, allowed range: [1,64]`, use.args[0]!.span);
      } else if (typeof constant !== 'string' && !isUnresolved(type) && !isInteger(type)) {
        wrongArgument(cx, use, 0, 'an integer or the name of a signal', type);
      }
      return VOID;
    },
    lower(cx, use) {
      const constant = cx.constant(use.args[0]);
      const number = typeof constant === 'string' ? cx.p.b.const(signalNumber(constant)!) : cx.scalar(use.args[0]!);
      sendSignal(cx.p, number, target);
      return undefined;
    },
  };
}

export const signal = signalWord('signal', 'process', 'Sends a signal to the current process.');
export const signalThread = signalWord('signal_thread', 'thread', 'Sends a signal to the current thread.');
