// The stack that chains of calls need together (check_max_stack_depth() of kernel/bpf/verifier.c, as of Linux 6.18).

import { CALL, PseudoCall } from '../../../isa/index.ts';
import { MAX_FRAMES } from './callback-calls.ts';
import { subprogramAt } from './cfg.ts';
import type { Environment } from './environment.ts';
import { Errno, reject } from './rejection.ts';
import { MAX_STACK } from './stack.ts';

/** What a JIT rounds frames up to. */
const FRAME_UNIT = 16;
const TAIL_CALL_LIMIT = 256;
/** Functions that need as much get a stack of their own where the kernel has it (6.13, x86-64). */
const PRIVATE_STACK_MIN = 64;

const privateStackKinds: ReadonlySet<string> = new Set(['kprobe', 'tracepoint', 'perf_event', 'raw_tracepoint']);

export function checkStackDepth(env: Environment): void {
  const calls = env.subprograms.map((subprogram) => calleesOf(env, subprogram.start, subprogram.end));
  const ownStacks = privateStackKinds.has(env.input.kind) && !env.subprograms.some(({ hasTailCall }) => hasTailCall);
  env.subprograms.forEach(({ isAsyncCallback }, n) => {
    if (n === 0 || isAsyncCallback) checkChain(env, calls, n, 0, 1, ownStacks && n === 0);
  });
}

interface Callee {
  readonly site: number;
  readonly subprogram: number;
}

function calleesOf(env: Environment, start: number, end: number): readonly Callee[] {
  const callees: Callee[] = [];
  for (let i = start; i < end; i++) {
    // What no way reaches is never called.
    if (env.seen[i] === 0) continue;
    const isCall = env.code[i] === CALL && env.src[i] === PseudoCall.SUBPROGRAM;
    const isFunction = env.code[i] === 0x18 && env.src[i] === 4;
    if (isCall || isFunction) callees.push({ site: i, subprogram: subprogramAt(env, i + 1 + env.imm[i]!) });
  }
  return callees;
}

function checkChain(
  env: Environment,
  calls: readonly (readonly Callee[])[],
  n: number,
  above: number,
  frames: number,
  ownStacks: boolean,
): void {
  const subprogram = env.subprograms[n]!;
  env.instruction = subprogram.start;
  if (n !== 0 && subprogram.hasTailCall && above >= TAIL_CALL_LIMIT) {
    const text = `tail_calls are not allowed when call stack of previous frames is ${above} bytes. Too large`;
    reject(Errno.EACCES, text);
  }
  const own = Math.ceil(Math.max(subprogram.stackDepth, 1) / FRAME_UNIT) * FRAME_UNIT;
  const separate = ownStacks && own >= PRIVATE_STACK_MIN;
  if (separate && own > MAX_STACK) reject(Errno.EACCES, `stack size of subprog ${n} is ${own}. Too large`);
  const depth = separate ? above : above + own;
  if (depth > MAX_STACK) reject(Errno.EACCES, `combined stack size of ${frames} calls is ${depth}. Too large`);
  for (const { site, subprogram: callee } of calls[n]!) {
    if (env.subprograms[callee]!.isAsyncCallback) continue;
    env.instruction = site;
    if (frames >= MAX_FRAMES) reject(Errno.E2BIG, `the call stack of ${frames + 1} frames is too deep !`);
    checkChain(env, calls, callee, depth, frames + 1, ownStacks);
  }
}

export function stackDepths(env: Environment): readonly number[] {
  return env.subprograms.map(({ stackDepth }) => stackDepth);
}
