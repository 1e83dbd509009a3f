// Atomic instructions (check_atomic() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Atomic, bytesOf, sizeOf, validateOperation } from '../../../isa/index.ts';
import { type Environment, leaksPointer } from './environment.ts';
import { checkLoad, checkReadable, checkStore } from './memory.ts';
import { baseOf, Type, typeName, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';

/** Memory that other CPUs may not be made to see half of. */
const forbidden: ReadonlySet<number> = new Set([
  Type.CTX,
  Type.PACKET,
  Type.PACKET_META,
  Type.FLOW_KEYS,
  Type.SOCKET,
  Type.SOCK_COMMON,
  Type.TCP_SOCK,
  Type.XDP_SOCK,
]);

const DATA = { number: -1, constant: undefined } as const;

export function checkAtomic(env: Environment, i: number): void {
  const wrong = validateOperation(env.instructions[i]!);
  if (wrong) reject(Errno.EINVAL, wrong);
  const operation = env.imm[i]!;
  if (operation === Atomic.LOAD_ACQ) checkLoadAcquire(env, i);
  else if (operation === Atomic.STORE_REL) checkStoreRelease(env, i);
  else checkReadModifyWrite(env, i);
}

function sizeAt(env: Environment, i: number): number {
  return bytesOf(sizeOf(env.code[i]!));
}

function checkLoadAcquire(env: Environment, i: number): void {
  const number = env.src[i]!;
  const { type } = env.readable(number);
  env.checkWritable(env.dst[i]!);
  const loaded = checkLoad(env, { number, off: env.off[i]!, size: sizeAt(env, i), aligned: true });
  if (forbidden.has(baseOf(type))) {
    reject(Errno.EACCES, `BPF_ATOMIC loads from R${number} ${typeName(type)} is not allowed`, number);
  }
  env.registers[env.dst[i]!] = loaded;
}

function checkStoreRelease(env: Environment, i: number): void {
  env.readable(env.src[i]!);
  const number = env.dst[i]!;
  env.readable(number);
  const access = { number, off: env.off[i]!, size: sizeAt(env, i), aligned: true };
  checkStore(env, access, { number: env.src[i]!, constant: undefined });
  checkTarget(env, number);
}

function checkTarget(env: Environment, number: number): void {
  const { type } = env.registers[number]!;
  if (!forbidden.has(baseOf(type))) return;
  reject(Errno.EACCES, `BPF_ATOMIC stores into R${number} ${typeName(type)} is not allowed`, number);
}

function checkReadModifyWrite(env: Environment, i: number): void {
  const operation = env.imm[i]!;
  const src = env.src[i]!;
  const number = env.dst[i]!;
  env.readable(src);
  env.readable(number);
  if (operation === Atomic.CMPXCHG) {
    env.readable(0);
    checkNoLeak(env, 0);
  }
  checkNoLeak(env, src);
  checkTarget(env, number);
  const result = resultOf(operation, src);
  if (result >= 0) {
    env.checkWritable(result);
    env.registers[result] = UNKNOWN_SCALAR;
  }
  const access = { number, off: env.off[i]!, size: sizeAt(env, i), aligned: true };
  checkReadable(env, access);
  if (result >= 0) env.registers[result] = checkLoad(env, access);
  checkStore(env, access, DATA);
}

/** The register that gets the old value, or -1. */
function resultOf(operation: number, src: number): number {
  if (operation === Atomic.CMPXCHG) return 0;
  return (operation & Atomic.FETCH) !== 0 ? src : -1;
}

function checkNoLeak(env: Environment, number: number): void {
  if (leaksPointer(env, env.registers[number]!)) reject(Errno.EACCES, `R${number} leaks addr into mem`, number);
}
