// What a program may return (check_return_code() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { Environment } from './environment.ts';
import { leaksPointer } from './environment.ts';
import { markPrecise } from './precision.ts';
import { isScalar, type Register, typeName } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { toNumber } from './word.ts';

/** Checks what the outermost function returns. */
export function checkReturn(env: Environment): void {
  const result = env.readable(0);
  if (leaksPointer(env, result)) reject(Errno.EACCES, 'R0 leaks addr as return value', 0);
  const { callback, subprogram } = env.frame;
  if (callback) {
    checkRange(env, result, callback.returnMin, callback.returnMax, 'At async callback return');
    return;
  }
  if (subprogram !== 0) {
    if (!isScalar(result)) {
      const name = typeName(result.type);
      reject(Errno.EINVAL, `At subprogram exit the register R0 is not a scalar value (${name})`, 0);
    }
    return;
  }
  const range = env.rules.returns?.(env.input);
  if (range) checkRange(env, result, range[0], range[1], 'At program exit');
}

function checkRange(env: Environment, result: Register, min: number, max: number, where: string): void {
  if (!isScalar(result)) {
    const name = typeName(result.type);
    reject(Errno.EINVAL, `${where} the register R0 is not a known value (${name})`, 0);
  }
  markPrecise(env, 0);
  if (!checkReturnRange(result, min, max)) reject(Errno.EINVAL, describeRange(where, result, min, max), 0);
}

/** Whether every value that it can have lies in the range. */
export function checkReturnRange(result: Register, min: number, max: number): boolean {
  const { sminH, sminL, smaxH, smaxL } = result.value;
  return toNumber(sminH, sminL) >= min && toNumber(smaxH, smaxL) <= max;
}

const MIN = 0x8000_0000 | 0;

export function describeRange(where: string, result: Register, min: number, max: number): string {
  const { value } = result;
  const lower = value.sminH === MIN && value.sminL === 0 ? '' : ` smin=${value.smin}`;
  const upper = value.smaxH === 0x7fff_ffff && value.smaxL === -1 ? '' : ` smax=${value.smax}`;
  const known = lower + upper || ' unknown scalar value';
  return `${where} the register R0 has${known} should have been in [${min}, ${max}]`;
}
