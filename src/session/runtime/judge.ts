// The verdict of our verifier on a program.

import { type Verdict, type VerifierInput, verifyProgram } from '../../engines/vm/verifier/verify.ts';
import { POISON } from '../../frontends/object/index.ts';
import { CALL } from '../../isa/index.ts';
import { sizedMap } from './maps.ts';
import type { RuntimeProgram } from './program.ts';

export interface JudgeOptions {
  readonly unprivileged?: boolean;
  /** Collect the state before every instruction. */
  readonly states?: boolean;
}

export function judge(program: RuntimeProgram, options: JudgeOptions = {}): Verdict {
  const verdict = verifyProgram(verifierInput(program, options));
  const call = verdict.accepted ? undefined : program.instructions[verdict.instruction];
  if (call?.code !== CALL || call.imm !== POISON) return verdict;
  return { ...verdict, explanation: 'CO-RE: the kernel has no such field or type as the source line asks for.' };
}

function verifierInput(program: RuntimeProgram, options: JudgeOptions): VerifierInput {
  const { kind, attachKind, instructions, license, flags, functions } = program;
  return {
    kind,
    ...(attachKind !== undefined && { attachKind }),
    instructions,
    maps: program.maps.map((map) => ({
      ...sizedMap(map),
      // The loader freezes what programs may only read.
      ...(map.role.kind === 'data' && map.role.readonly && { frozen: true }),
    })),
    license,
    privileged: options.unprivileged !== true,
    flags,
    ...(functions && {
      functions: functions.map(({ start, name, global, parameters }) => ({
        start,
        name,
        global,
        ...(parameters && { arguments: parameters }),
      })),
    }),
    ...(options.states && { collect: 'states' }),
  };
}
