// What a program holds and must give up: ring buffer records, sockets, locks.

import type { Environment } from './environment.ts';
import { Type, UNINITIALIZED, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { Byte, INVALID_SLOT } from './stack-slot.ts';
import type { State } from './state.ts';

/** A new reference, held from the current instruction on. */
export function acquire(env: Environment): number {
  const id = env.nextId();
  env.state.references = [...env.state.references, { id, instruction: env.instruction }];
  return id;
}

/** The reference is no longer held; nothing is done to who points to it. */
export function releaseUnchecked(state: State, id: number): boolean {
  const kept = state.references.filter((reference) => reference.id !== id);
  if (kept.length === state.references.length) return false;
  state.references = kept;
  return true;
}

/** Gives a reference up: every pointer that came with it becomes unusable. */
export function release(env: Environment, id: number): void {
  const { state } = env;
  if (!releaseUnchecked(state, id)) reject(Errno.EINVAL, `R0 reference id=${id} is not held`);
  const after = env.privileged ? UNKNOWN_SCALAR : UNINITIALIZED;
  state.replaceRegisters((register) => (register.reference === id ? after : register));
  for (const frame of state.frames) {
    frame.stack.forEach((slot, i) => {
      const isDynptr = (slot.kinds & 0xf) === Byte.DYNPTR && slot.register.type === Type.DYNPTR;
      if (isDynptr && slot.register.reference === id) frame.stack[i] = INVALID_SLOT;
    });
  }
}

/** Nothing may be held where the program ends or goes elsewhere (check_resource_leak()). */
export function checkNothingHeld(env: Environment, what: string, checkLock = true): void {
  const { references, lock } = env.state;
  const held = references[0];
  if (held) {
    const text = references.map(({ id, instruction }) => `Unreleased reference id=${id} alloc_insn=${instruction}`);
    reject(Errno.EINVAL, `${text.join('\n')}\n${what} would lead to reference leak`);
  }
  if (lock && checkLock) reject(Errno.EINVAL, `${what} cannot be used inside bpf_spin_lock-ed region`);
}
