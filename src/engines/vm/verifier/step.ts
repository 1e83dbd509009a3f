// One instruction after another, along one way after another (do_check() of kernel/bpf/verifier.c, as of Linux 6.18).

import {
  bytesOf,
  CALL,
  Class,
  EXIT,
  Jump,
  jumpDistance,
  Mode,
  PseudoCall,
  sizeOf,
  validateSlot,
} from '../../../isa/index.ts';
import { checkAlu } from './alu.ts';
import { checkAtomic } from './atomics.ts';
import { checkBranch } from './branches.ts';
import { checkCall, checkExitAllowed, returnFromCall } from './calls.ts';
import { type Environment, MAX_PROCESSED } from './environment.ts';
import { checkHelperCall } from './helpers.ts';
import { checkLoad, checkStore } from './memory.ts';
import { finishWay, isVisited } from './pruning.ts';
import { baseOf, Type } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { checkReturn } from './returns.ts';
import { pushJumpStep } from './steps.ts';
import { checkPacketLoad, checkWideLoad } from './wide-loads.ts';

/** Where a way ends. */
const END = -1;

/** Explores every way from the current state; `observe` sees each state before its instruction. */
export function explore(env: Environment, observe?: (env: Environment) => void): void {
  for (;;) {
    const next = advance(env, observe);
    if (next !== END) {
      env.previous = env.instruction;
      env.instruction = next;
      continue;
    }
    finishWay(env.state);
    if (!env.pop()) return;
  }
}

function advance(env: Environment, observe: ((env: Environment) => void) | undefined): number {
  const i = env.instruction;
  env.processed++;
  if (env.processed > MAX_PROCESSED) {
    reject(Errno.E2BIG, `BPF program is too large. Processed ${env.processed} insn`);
  }
  if (env.prunePoint[i] === 1 && isVisited(env)) return END;
  if (env.jumpPoint[i] === 1) pushJumpStep(env);
  observe?.(env);
  if (env.seen[i] === 0) {
    env.seen[i] = 1;
    checkFields(env, i);
  }
  env.writtenLow = 0;
  env.writtenHigh = 0;
  const depth = env.state.frames.length;
  const next = checkInstruction(env, i);
  // A call's reads and writes happen in other frames.
  if (depth === env.state.frames.length) env.stackLiveness.wrote(i, env.writtenLow, env.writtenHigh);
  else env.stackLiveness.wrote(i, 0, 0);
  return next;
}

function checkFields(env: Environment, i: number): void {
  const wrong = validateSlot(env.instructions[i]!, env.instructions[i + 1]);
  if (wrong) reject(Errno.EINVAL, wrong);
}

function checkInstruction(env: Environment, i: number): number {
  const code = env.code[i]!;
  switch (code & 0x07) {
    case Class.ALU:
    case Class.ALU64:
      checkAlu(env, i);
      return i + 1;
    case Class.LDX:
      checkLoadInstruction(env, i);
      return i + 1;
    case Class.STX:
      if ((code & 0xe0) === Mode.ATOMIC) checkAtomic(env, i);
      else checkStoreInstruction(env, i, true);
      return i + 1;
    case Class.ST:
      checkStoreInstruction(env, i, false);
      return i + 1;
    case Class.LD:
      if ((code & 0xe0) !== Mode.IMM) {
        checkPacketLoad(env, i);
        return i + 1;
      }
      checkWideLoad(env, i);
      return i + 2;
    default:
      env.jumpsProcessed++;
      return checkJump(env, i);
  }
}

function checkLoadInstruction(env: Environment, i: number): void {
  const number = env.src[i]!;
  const { type } = env.readable(number);
  env.checkWritable(env.dst[i]!);
  const code = env.code[i]!;
  const size = bytesOf(sizeOf(code));
  const signExtends = (code & 0xe0) === Mode.MEMSX;
  env.registers[env.dst[i]!] = checkLoad(env, { number, off: env.off[i]!, size, signExtends });
  noteType(env, i, type);
}

function checkStoreInstruction(env: Environment, i: number, fromRegister: boolean): void {
  if (fromRegister) env.readable(env.src[i]!);
  const number = env.dst[i]!;
  const { type } = env.readable(number);
  const size = bytesOf(sizeOf(env.code[i]!));
  const stored = fromRegister ? { number: env.src[i]!, constant: undefined } : { number: -1, constant: env.imm[i]! };
  checkStore(env, { number, off: env.off[i]!, size }, stored);
  noteType(env, i, type);
}

/** Pointers whose accesses the kernel rewrites, each in its own way: an instruction can be rewritten once only. */
const rewritten: ReadonlySet<number> = new Set([
  Type.CTX,
  Type.SOCKET,
  Type.SOCK_COMMON,
  Type.TCP_SOCK,
  Type.XDP_SOCK,
  Type.BTF_ID,
]);

function noteType(env: Environment, i: number, type: number): void {
  const before = env.accessType[i]!;
  if (before === 0) {
    env.accessType[i] = type;
    return;
  }
  if (before === type || !(rewritten.has(baseOf(before)) || rewritten.has(baseOf(type)))) return;
  reject(Errno.EINVAL, 'same insn cannot be used with different pointers');
}

function checkJump(env: Environment, i: number): number {
  const code = env.code[i]!;
  if (code === CALL) {
    if (env.src[i] === PseudoCall.SUBPROGRAM) return checkCall(env, i);
    if (env.src[i] === PseudoCall.KFUNC) reject(Errno.EINVAL, `calling kernel function is not allowed`);
    checkHelperCall(env, i);
    return i + 1;
  }
  if ((code & 0xf0) === Jump.JA) return i + 1 + jumpDistance(env.instructions[i]!);
  if (code !== EXIT) return checkBranch(env, i);
  checkExitAllowed(env);
  if (env.state.frames.length > 1) {
    env.readable(0);
    return returnFromCall(env);
  }
  checkReturn(env);
  return END;
}
