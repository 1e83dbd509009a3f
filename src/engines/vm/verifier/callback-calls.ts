// Helpers that call back: the function is walked through with the arguments that it will get, as often as something new
// can come of it, before the call is taken to return (push_callback_call() of kernel/bpf/verifier.c, as of Linux 6.18).

import type { CallArguments } from './arguments.ts';
import { callbackKind } from './callbacks.ts';
import type { Environment } from './environment.ts';
import { markPrecise } from './precision.ts';
import { pointer, type Register, Type, UNINITIALIZED, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { type Callback, Frame, type State } from './state.ts';

/** MAX_CALL_FRAMES of 6.18. */
export const MAX_FRAMES = 8;

const iterable: ReadonlySet<string> = new Set([
  'array',
  'percpu_array',
  'hash',
  'percpu_hash',
  'lru_hash',
  'lru_percpu_hash',
]);

/** Puts off a state inside the callback; the current one goes on as if it had not been called. */
export function enterCallback(env: Environment, call: CallArguments): void {
  const { name } = call.helper;
  const subprogram = env.subprograms[call.callback]!;
  subprogram.isCallback = true;
  if (callbackKind(name) === 'async') {
    enterAsync(env, call);
    return;
  }
  if (name === 'loop') {
    markPrecise(env, 1);
    const { frame } = env;
    const { umaxH, umaxL } = env.registers[1]!.value;
    if (umaxH === 0 && frame.callbackDepth >= umaxL >>> 0) {
      frame.callbackDepth = 0;
      return;
    }
  }
  const registers = env.registers.slice();
  const state = env.push(subprogram.start, env.instruction);
  const callee = newFrame(state, call.callback, env.instruction);
  callee.callback = callbackOf(name);
  setArguments(env, call, registers, callee);
  state.callbackUnrollDepth++;
  // How often this callback was entered is counted in the caller that will see the call again.
  const caller = state.frames[state.frames.length - 2]!;
  caller.callbackDepth = env.frame.callbackDepth + 1;
  // The callback returns to the call itself, which then looks at its arguments again.
  for (let i = 0; i <= 5; i++) caller.registers[i] = registers[i]!;
  env.frame.callbackDepth = 0;
}

/** A frame on top of a state, its registers not set yet. */
export function newFrame(state: State, subprogram: number, callsite: number): Frame {
  const number = state.frames.length;
  if (number >= MAX_FRAMES) reject(Errno.E2BIG, `the call stack of ${number + 1} frames is too deep`);
  const caller = state.top;
  const frame = new Frame(number, subprogram, callsite);
  state.frames.push(frame);
  for (let i = 0; i <= 5; i++) caller.registers[i] = UNINITIALIZED;
  frame.registers[10] = pointer(Type.STACK, { extent: number });
  return frame;
}

function callbackOf(helper: string): Callback {
  const async = callbackKind(helper) === 'async';
  return { helper, returnMin: 0, returnMax: async ? 0 : 1, async };
}

function setArguments(env: Environment, call: CallArguments, registers: readonly Register[], callee: Frame): void {
  const to = callee.registers;
  switch (call.helper.name) {
    case 'loop':
      to[1] = UNKNOWN_SCALAR;
      to[2] = registers[3]!;
      return;
    case 'for_each_map_elem': {
      const { map, uid } = registers[1]!;
      const { kind } = env.maps[map]!;
      if (!iterable.has(kind)) reject(Errno.EINVAL, 'callback function not allowed for map');
      to[1] = registers[1]!;
      to[2] = pointer(Type.MAP_KEY, { map, uid });
      to[3] = pointer(Type.MAP_VALUE, { map, uid });
      to[4] = registers[3]!;
      return;
    }
    case 'find_vma':
      to[1] = registers[1]!;
      to[2] = pointer(Type.BTF_ID, { struct: 'vm_area_struct' });
      to[3] = registers[4]!;
      return;
    case 'user_ringbuf_drain':
      to[1] = pointer(Type.DYNPTR, { struct: 'local', id: env.nextId() });
      to[2] = registers[3]!;
      return;
  }
}

function enterAsync(env: Environment, call: CallArguments): void {
  const subprogram = env.subprograms[call.callback]!;
  subprogram.isAsyncCallback = true;
  const { map, uid } = env.registers[1]!;
  const state = env.pushAsync(subprogram.start, env.instruction, call.callback);
  const callee = state.top;
  callee.callback = callbackOf(call.helper.name);
  callee.registers[10] = pointer(Type.STACK, { extent: 0 });
  callee.registers[1] = pointer(Type.MAP, { map, uid });
  callee.registers[2] = pointer(Type.MAP_KEY, { map, uid });
  callee.registers[3] = pointer(Type.MAP_VALUE, { map, uid });
}
