// Dynptrs as arguments of helpers (process_dynptr_func() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { Argument } from '../../../isa/index.ts';
import type { CallArguments } from './arguments.ts';
import { isDynptr } from './dynptr.ts';
import type { Environment } from './environment.ts';
import { markStackRead } from './liveness.ts';
import { type Register, Type } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { slotOf, stackRange } from './stack.ts';
import type { Frame } from './state.ts';

const DYNPTR_BYTES = 16;

export function checkDynptrArgument(
  env: Environment,
  number: number,
  register: Register,
  argument: Argument,
  call: CallArguments,
): void {
  if (register.type === Type.DYNPTR) {
    if (argument.releases) reject(Errno.EINVAL, 'CONST_PTR_TO_DYNPTR cannot be released', number);
    call.dynptrId = register.id;
    return;
  }
  const { frame, slot } = placeOf(env, number, register);
  if (argument.uninitialized) {
    if (isDynptr(frame.stack[slot]) || isDynptr(frame.stack[slot - 1])) {
      const held = [frame.stack[slot], frame.stack[slot - 1]].find(isDynptr)!;
      if (held.register.reference !== 0) {
        reject(Errno.EINVAL, 'Dynptr has to be an uninitialized dynptr', number);
      }
    }
    call.dynptr = { frame, slot, kind: argument.dynptr ?? 'local' };
    return;
  }
  checkInitializedDynptr(env, number, frame, slot, argument, call);
}

function checkInitializedDynptr(
  env: Environment,
  number: number,
  frame: Frame,
  slot: number,
  argument: Argument,
  call: CallArguments,
): void {
  const held = frame.stack[slot];
  if (argument.releases && (!isDynptr(held) || held.register.reference === 0)) {
    reject(Errno.EINVAL, `arg ${number} is an unacquired reference`, number);
  }
  const whole = isDynptr(held) && held.register.extent === 1 && isDynptr(frame.stack[slot - 1]);
  if (!whole) reject(Errno.EINVAL, `Expected an initialized dynptr as arg #${number - 1}`, number);
  const kind = held.register.struct;
  if (argument.dynptr !== undefined && argument.dynptr !== kind) {
    reject(Errno.EINVAL, `Expected a dynptr of type ${argument.dynptr} as arg #${number - 1}`, number);
  }
  markStackRead(env, frame.number, slot);
  markStackRead(env, frame.number, slot - 1);
  call.dynptrId = held.register.id;
  call.dynptrReference = held.register.reference;
  call.dynptr = { frame, slot, kind };
}

/** The lower of the two slots that a pointer to a dynptr points to. */
function placeOf(env: Environment, number: number, register: Register): { frame: Frame; slot: number } {
  if (!register.value.isConstant) reject(Errno.EINVAL, 'dynptr has to be at a constant offset', number);
  const off = register.off + register.value.bits.vl;
  if (off % 8 !== 0 || off < -512 || off > -DYNPTR_BYTES) {
    reject(Errno.EINVAL, `cannot pass in dynptr at an offset=${off}`, number);
  }
  stackRange(env, number, register.off, DYNPTR_BYTES, true);
  const frame = env.state.frames[register.extent]!;
  return { frame, slot: slotOf(off) };
}
