// Conditional jumps: which sides are possible, and what holds on each (check_cond_jmp_op() of kernel/bpf/verifier.c, as of
// Linux 6.18).

import { Class, Jump, jumpDistance } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { collectLinked, syncLinked } from './linked.ts';
import { notNull } from './null-check.ts';
import { comparePackets, isAnyPacketPointer, predictPacket } from './packets.ts';
import { markPrecise } from './precision.ts';
import { releaseUnchecked } from './references.ts';
import { baseOf, Flag, isNull, isScalar, type Register, scalar, Type, ZERO_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { constant32 } from './scalar.ts';
import { opposite, predict, refine } from './scalar-branch.ts';
import type { State } from './state.ts';
import { pushLinkedStep } from './steps.ts';
import { findEarlierVisit, widen } from './widening.ts';

/** Walks over a conditional jump; gives the instruction to go on at. */
export function checkBranch(env: Environment, i: number): number {
  const code = env.code[i]!;
  if ((code & 0xf0) === Jump.JCOND) return checkMayGoto(env, i);
  const dst = env.readable(env.dst[i]!);
  const target = i + 1 + env.off[i]!;
  const src = operand(env, i, dst);
  const taken = predictBranch(code, dst, src);
  if (taken !== -1) {
    if (isScalar(dst)) markPrecise(env, env.dst[i]!);
    if ((code & 0x08) !== 0 && isScalar(src)) markPrecise(env, env.src[i]!);
  }
  if (env.input.collect === 'facts') noteTaken(env, i, taken);
  if (taken === 1) return target;
  if (taken === 0) return i + 1;
  checkBothSides(env, i, target);
  return i + 1;
}

function operand(env: Environment, i: number, dst: Register): Register {
  if ((env.code[i]! & 0x08) === 0) return scalar(constant32(env.imm[i]!));
  const number = env.src[i]!;
  const src = env.readable(number);
  const packets = isAnyPacketPointer(dst.type) && isAnyPacketPointer(src.type);
  if (!packets && !env.privileged && !isScalar(src)) {
    reject(Errno.EACCES, `R${number} pointer comparison prohibited`, number);
  }
  return src;
}

// The loop may go on or end at every turn, so both are explored; what the fall-through side learns is forgotten as far as
// nothing relies on it, or the turns would never become equal.
function checkMayGoto(env: Environment, i: number): number {
  const { parent } = env.state;
  const earlier = parent && findEarlierVisit(env, parent, i);
  const queued = env.push(i + 1, i);
  queued.mayGotoDepth++;
  if (earlier) widen(earlier, queued);
  return i + 1 + jumpDistance(env.instructions[i]!);
}

function predictBranch(code: number, dst: Register, src: Register): 0 | 1 | -1 {
  const wide = (code & 0x07) === Class.JMP;
  const operation = code & 0xf0;
  if (isAnyPacketPointer(dst.type) && isAnyPacketPointer(src.type)) {
    return wide ? predictPacket(operation, dst, src) : -1;
  }
  if (isScalar(dst) && isScalar(src)) return predict(operation, dst.value, src.value, wide ? 64 : 32);
  const [address, other] = isScalar(dst) ? [src, dst] : [dst, src];
  if (!wide || !isNull(other) || !isNeverNull(address)) return -1;
  if (operation === Jump.JEQ) return 0;
  return operation === Jump.JNE ? 1 : -1;
}

function isNeverNull({ type }: Register): boolean {
  if (type & (Flag.MAYBE_NULL | Flag.UNTRUSTED)) return false;
  switch (baseOf(type)) {
    case Type.SOCKET:
    case Type.TCP_SOCK:
    case Type.MAP_VALUE:
    case Type.MAP_KEY:
    case Type.SOCK_COMMON:
    case Type.MEM:
    case Type.MAP:
      return true;
    case Type.BTF_ID:
      return (type & Flag.TRUSTED) !== 0;
    default:
      return false;
  }
}

function checkBothSides(env: Environment, i: number, target: number): void {
  const code = env.code[i]!;
  const number = env.dst[i]!;
  const hasSource = (code & 0x08) !== 0;
  const dstId = scalarId(env.registers[number]!);
  const srcId = hasSource ? scalarId(env.registers[env.src[i]!]!) : 0;
  const linked = dstId | srcId ? collectLinked(env, srcId, dstId) : [];
  if (linked.length > 1) pushLinkedStep(env, linked);
  const dst = env.registers[number]!;
  const src = hasSource ? env.registers[env.src[i]!]! : scalar(constant32(env.imm[i]!));
  const falls = env.state;
  const jumps = env.push(target, i);
  if (isScalar(dst) && isScalar(src)) refineSides(env, i, dst, src, falls, jumps, linked);
  if (hasSource) liftNull(code, env, i, dst, src, falls, jumps);
  if (isNullCheck(env, i, dst)) {
    const equal = (code & 0xf0) === Jump.JEQ;
    resolveNull(env, falls, dst, !equal);
    resolveNull(env, jumps, dst, equal);
    return;
  }
  const srcNumber = env.src[i]!;
  if (comparePackets({ code, dst, src, dstNumber: number, srcNumber, falls, jumps })) return;
  if (!env.privileged && !isScalar(dst)) reject(Errno.EACCES, `R${number} pointer comparison prohibited`, number);
}

function scalarId(register: Register): number {
  return isScalar(register) ? register.id : 0;
}

function refineSides(
  env: Environment,
  i: number,
  dst: Register,
  src: Register,
  falls: State,
  jumps: State,
  linked: readonly number[],
): void {
  const code = env.code[i]!;
  const width = (code & 0x07) === Class.JMP ? 64 : 32;
  const operation = code & 0xf0;
  refineSide(env, i, falls, opposite(operation), dst, src, width, linked);
  refineSide(env, i, jumps, operation, dst, src, width, linked);
}

function refineSide(
  env: Environment,
  i: number,
  state: State,
  operation: number,
  dst: Register,
  src: Register,
  width: 32 | 64,
  linked: readonly number[],
): void {
  const left = dst.value.copy();
  // A register that is compared with itself is narrowed as both operands, as the kernel does.
  const hasSource = (env.code[i]! & 0x08) !== 0;
  const itself = hasSource && env.dst[i] === env.src[i];
  const right = itself ? left : src.value.copy();
  refine(operation, left, right, width);
  const { registers } = state.top;
  registers[env.dst[i]!] = dst.withValue(left);
  if (hasSource && !itself) {
    registers[env.src[i]!] = src.withValue(right);
    if (src.id !== 0) syncLinked(state, registers[env.src[i]!]!, linked);
  }
  if (dst.id !== 0) syncLinked(state, registers[env.dst[i]!]!, linked);
}

/** A pointer that equals one that is not NULL is not NULL either. */
function liftNull(
  code: number,
  env: Environment,
  i: number,
  dst: Register,
  src: Register,
  falls: State,
  jumps: State,
): void {
  if ((code & 0x07) !== Class.JMP || isScalar(dst) || isScalar(src)) return;
  if ((dst.type & Flag.MAYBE_NULL) === (src.type & Flag.MAYBE_NULL)) return;
  if (baseOf(dst.type) === Type.BTF_ID || baseOf(src.type) === Type.BTF_ID) return;
  const operation = code & 0xf0;
  if (operation !== Jump.JEQ && operation !== Jump.JNE) return;
  const { registers } = (operation === Jump.JEQ ? jumps : falls).top;
  const number = src.type & Flag.MAYBE_NULL ? env.src[i]! : env.dst[i]!;
  registers[number] = notNull(env, registers[number]!);
}

function isNullCheck(env: Environment, i: number, dst: Register): boolean {
  const code = env.code[i]!;
  const operation = code & 0xf0;
  if ((code & 0x07) !== Class.JMP || (code & 0x08) !== 0 || env.imm[i] !== 0) return false;
  return (operation === Jump.JEQ || operation === Jump.JNE) && (dst.type & Flag.MAYBE_NULL) !== 0;
}

/** Every copy of a checked pointer becomes one that is not NULL, or the number 0. */
function resolveNull(env: Environment, state: State, checked: Register, isNullSide: boolean): void {
  const { id, reference } = checked;
  if (reference !== 0 && reference === id && isNullSide) releaseUnchecked(state, reference);
  state.replaceRegisters((register) => {
    if ((register.type & Flag.MAYBE_NULL) === 0 || register.id !== id) return register;
    if (isNullSide) return ZERO_SCALAR;
    const known = notNull(env, register);
    const keepsId = baseOf(known.type) === Type.MAP_VALUE && hasLock(env, known.map);
    return keepsId ? known : known.withId(0);
  });
}

function hasLock(env: Environment, map: number): boolean {
  return env.maps[map]?.special?.some(({ kind }) => kind === 'spin_lock') === true;
}

function noteTaken(env: Environment, i: number, taken: 0 | 1 | -1): void {
  const fact = env.fact(i);
  const now = taken === 1 ? 'always' : taken === 0 ? 'never' : 'both';
  fact.taken = fact.taken === undefined || fact.taken === now ? now : 'both';
}
