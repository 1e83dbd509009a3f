// LD_IMM64 and the old packet loads (check_ld_imm() and check_ld_abs() of kernel/bpf/verifier.c, as of Linux 6.18).

import { Mode, PseudoLoad } from '../../../isa/index.ts';
import { subprogramAt } from './cfg.ts';
import type { Environment } from './environment.ts';
import { checkUnmoved } from './memory.ts';
import { checkNothingHeld } from './references.ts';
import { pointer, scalar, Type, UNINITIALIZED, UNKNOWN_SCALAR } from './register.ts';
import { Errno, reject } from './rejection.ts';
import { constant } from './scalar.ts';

export function checkWideLoad(env: Environment, i: number): void {
  const number = env.dst[i]!;
  env.checkWritable(number);
  const imm = env.imm[i]!;
  switch (env.src[i]) {
    case PseudoLoad.NONE:
      env.registers[number] = scalar(constant(env.imm[i + 1]!, imm));
      return;
    case PseudoLoad.MAP_FD:
      env.registers[number] = pointer(Type.MAP, { map: imm });
      return;
    case PseudoLoad.MAP_VALUE: {
      const locked = env.maps[imm]!.special?.some(({ kind }) => kind === 'spin_lock') === true;
      const id = locked ? env.nextId() : 0;
      env.registers[number] = pointer(Type.MAP_VALUE, { map: imm, off: env.imm[i + 1]!, id });
      return;
    }
    case PseudoLoad.FUNC:
      loadFunction(env, i, number);
      return;
    default:
      reject(Errno.EINVAL, 'unrecognized bpf_ld_imm64 insn');
  }
}

function loadFunction(env: Environment, i: number, number: number): void {
  const start = i + 1 + env.imm[i]!;
  const { functions } = env.input;
  if (!functions || functions.length === 0) reject(Errno.EINVAL, 'missing btf func_info');
  if (functions.some((info) => info.start === start && info.global)) {
    reject(Errno.EINVAL, 'callback function not static');
  }
  env.registers[number] = pointer(Type.FUNC, { extent: subprogramAt(env, start) });
}

export function checkPacketLoad(env: Environment, i: number): void {
  const CONTEXT = 6;
  if (!env.rules.packetLoads) {
    reject(Errno.EINVAL, 'BPF_LD_[ABS|IND] instructions not allowed for this program type');
  }
  if (env.state.frames.some(({ callback }) => callback)) {
    reject(Errno.EINVAL, 'cannot use BPF_LD_[ABS|IND] within callback');
  }
  const held = env.readable(CONTEXT);
  checkNothingHeld(env, 'BPF_LD_[ABS|IND]');
  if (held.type !== Type.CTX) reject(Errno.EINVAL, 'at the time of BPF_LD_ABS|IND R6 != pointer to skb', CONTEXT);
  if ((env.code[i]! & 0xe0) === Mode.IND) env.readable(env.src[i]!);
  checkUnmoved(held, CONTEXT);
  for (let n = 0; n <= 5; n++) env.registers[n] = UNINITIALIZED;
  env.registers[0] = UNKNOWN_SCALAR;
}
