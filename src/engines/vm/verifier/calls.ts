// Calls of the program's own functions and returns from them. Static functions are walked through at every call; global
// ones once, with whatever their prototype allows (check_func_call() and prepare_func_exit(), as of Linux 6.18).

import { checkMemory } from './arguments.ts';
import { newFrame } from './callback-calls.ts';
import { subprogramAt } from './cfg.ts';
import type { Environment } from './environment.ts';
import { forgetPackets, mayChangePacket } from './helpers.ts';
import type { FunctionArgument, FunctionInfo } from './input.ts';
import { markPrecise } from './precision.ts';
import { checkNothingHeld } from './references.ts';
import { Flag, isScalar, pointer, type Register, Type, UNINITIALIZED, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { checkReturnRange, describeRange } from './returns.ts';
import type { Frame } from './state.ts';
import { findEarlierVisit, widen } from './widening.ts';

/** Walks over a call; gives the instruction to go on at. */
export function checkCall(env: Environment, i: number): number {
  const start = i + 1 + env.imm[i]!;
  const subprogram = subprogramAt(env, start);
  if (env.state.lock) {
    const info = globalFunction(env, start);
    if (info)
      reject(Errno.EINVAL, 'global function calls are not allowed while holding a lock,\nuse static function instead');
    reject(Errno.EINVAL, 'function calls are not allowed while holding a lock');
  }
  const info = globalFunction(env, start);
  if (info) {
    checkGlobalArguments(env, info, subprogram);
    for (let n = 0; n <= 5; n++) env.registers[n] = UNINITIALIZED;
    env.registers[0] = UNKNOWN_SCALAR;
    if (mayChangePacket(env)) forgetPackets(env);
    return i + 1;
  }
  const caller = env.frame;
  const passed = caller.registers.slice(1, 6);
  const frame = newFrame(env.state, subprogram, i);
  passed.forEach((register, n) => {
    frame.registers[n + 1] = register;
  });
  return start;
}

function globalFunction(env: Environment, start: number): FunctionInfo | undefined {
  return env.input.functions?.find((info) => info.start === start && info.global && start !== 0);
}

function checkGlobalArguments(env: Environment, info: FunctionInfo, subprogram: number): void {
  (info.arguments ?? []).forEach((argument, n) => {
    const number = n + 1;
    const register = env.readable(number);
    const fits = argumentFits(env, number, register, argument);
    if (!fits) {
      reject(Errno.EINVAL, `Caller passes invalid args into func#${subprogram} ('${info.name}')`, number);
    }
  });
}

function argumentFits(env: Environment, number: number, register: Register, argument: FunctionArgument): boolean {
  if (argument.kind === 'scalar') return isScalar(register);
  if (argument.kind === 'ctx') return register.type === Type.CTX && register.off === 0;
  if (register.type & Flag.MAYBE_NULL || (isScalar(register) && argument.nonNull)) return false;
  checkMemory(env, number, argument.size, false, { write: false });
  return true;
}

/** The registers that a global function starts with when it is walked through by itself. */
export function setGlobalArguments(frame: Frame, info: FunctionInfo, nextId: () => number): void {
  (info.arguments ?? []).forEach((argument, n) => {
    frame.registers[n + 1] = argumentOf(argument, nextId);
  });
}

function argumentOf(argument: FunctionArgument, nextId: () => number): Register {
  if (argument.kind === 'scalar') return UNKNOWN_SCALAR;
  if (argument.kind === 'ctx') return pointer(Type.CTX);
  if (argument.nonNull) return pointer(Type.MEM, { extent: argument.size });
  return pointer(Type.MEM | Flag.MAYBE_NULL, { extent: argument.size, id: nextId() });
}

/** Walks over the exit of a function that was called; gives the instruction to go on at. */
export function returnFromCall(env: Environment): number {
  const { state } = env;
  const callee = state.top;
  const result = callee.registers[0]!;
  if (result.type === Type.STACK) reject(Errno.EINVAL, 'cannot return stack pointer to the caller', 0);
  const caller = state.frames[state.frames.length - 2]!;
  const { callback, callsite } = callee;
  if (callback) {
    if (!isScalar(result)) reject(Errno.EACCES, 'R0 not a scalar value', 0);
    markPrecise(env, 0);
    const { returnMin, returnMax } = callback;
    if (!checkReturnRange(result, returnMin, returnMax)) {
      reject(Errno.EINVAL, describeRange('At callback return', result, returnMin, returnMax), 0);
    }
  } else {
    caller.registers[0] = result;
  }
  state.frames.pop();
  if (!callback) return callsite + 1;
  // The call is walked through again: it may call back once more, or return.
  const earlier = findEarlierVisit(env, state, callsite);
  if (earlier) widen(earlier, state);
  return callsite;
}

/** The end of the program, or of a callback that runs some other time. */
export function checkExitAllowed(env: Environment): void {
  const inner = env.state.frames.length > 1;
  // References of the caller may be held across a return, those of a callback may not.
  if (inner && !env.state.top.callback) return;
  if (!inner) checkNothingHeld(env, 'BPF_EXIT instruction in main prog');
}
