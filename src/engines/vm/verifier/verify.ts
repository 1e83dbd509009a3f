// The verifier: whether a program is safe to run, as the kernel judges it. The rules are those of Linux 6.18; where later
// kernels accept more, 6.18 counts. Pure: it runs wherever JavaScript does.

import { isWide, PseudoLoad, programKind } from '../../../isa/index.ts';
import { mayAttach } from './attach-kinds.ts';
import { setGlobalArguments } from './calls.ts';
import { checkAbnormalReturns, checkEncoding, checkGraph, checkSubprograms, findSubprograms } from './cfg.ts';
import { programRules } from './context/registry.ts';
import { Environment } from './environment.ts';
import { explainRejection, explainState } from './explain.ts';
import type { ExplainedState, MapShape, Verdict, VerifierInput } from './input.ts';
import { computeLiveRegisters } from './liveness.ts';
import { pointer, Type } from './register.ts';
import { Errno, Rejection, reject } from './rejection.ts';
import { checkStackDepth, stackDepths } from './stack-depth.ts';
import { Frame, State } from './state.ts';
import { explore } from './step.ts';

export type {
  ExplainedState,
  FunctionArgument,
  FunctionInfo,
  InstructionFact,
  MapShape,
  SpecialField,
  Verdict,
  VerifierInput,
} from './input.ts';

const MAX_UNPRIVILEGED = 4096;
const MAX_INSTRUCTIONS = 1_000_000;

/** Judges a program. */
export function verifyProgram(input: VerifierInput): Verdict {
  const early = checkInput(input);
  if (early) return refusal(early, 0, 0, '');
  const env = new Environment(input, programRules(input.kind)!);
  const states: ExplainedState[] = [];
  const observe =
    input.collect === 'states' ? (at: Environment): void => void states.push(explainState(at)) : undefined;
  let rejection: Rejection | undefined;
  try {
    verify(env, observe);
  } catch (error) {
    if (!(error instanceof Rejection)) throw error;
    rejection = error;
  }
  return verdict(env, rejection, states);
}

function verdict(env: Environment, rejection: Rejection | undefined, states: readonly ExplainedState[]): Verdict {
  const { collect } = env.input;
  return {
    accepted: rejection === undefined,
    errno: rejection?.errno ?? 0,
    message: rejection?.message ?? '',
    instruction: rejection ? env.instruction : 0,
    processed: env.processed,
    explanation: rejection ? explainRejection(env, rejection) : '',
    stackDepth: stackDepths(env),
    ...(collect === 'states' ? { states } : {}),
    ...(collect === 'facts' ? { facts: env.facts } : {}),
  };
}

function refusal(rejection: Rejection, instruction: number, processed: number, explanation: string): Verdict {
  const { errno, message } = rejection;
  return { accepted: false, errno, message, instruction, processed, explanation, stackDepth: [] };
}

/** What is refused before the program is looked at (bpf_prog_load()). */
function checkInput(input: VerifierInput): Rejection | undefined {
  const { length } = input.instructions;
  if (length === 0 || length > (input.privileged ? MAX_INSTRUCTIONS : MAX_UNPRIVILEGED)) {
    return new Rejection(Errno.E2BIG, `the program has ${length} instructions`);
  }
  const rules = programRules(input.kind);
  if (!programKind(input.kind)) return new Rejection(Errno.EINVAL, `there is no kind of program '${input.kind}'`);
  if (!mayAttach(input.kind, input.attachKind)) {
    return new Rejection(
      Errno.EINVAL,
      `programs of kind ${input.kind} are not attached as ${input.attachKind ?? 'nothing'}`,
    );
  }
  if (!rules) return new Rejection(Errno.EOPNOTSUPP, `programs of kind ${input.kind} need the BTF of a kernel`);
  if (!input.privileged && !rules.unprivileged) {
    return new Rejection(Errno.EPERM, `programs of kind ${input.kind} need privileges`);
  }
  return undefined;
}

function verify(env: Environment, observe: ((env: Environment) => void) | undefined): void {
  findSubprograms(env);
  checkSubprograms(env);
  checkAbnormalReturns(env);
  checkEncoding(env);
  checkGraph(env);
  checkMaps(env);
  computeLiveRegisters(env);
  env.state = initialState(0);
  env.instruction = 0;
  explore(env, observe);
  verifyGlobals(env, observe);
  checkStackDepth(env);
}

function initialState(subprogram: number): State {
  const state = new State();
  const frame = new Frame(0, subprogram, -1);
  frame.registers[10] = pointer(Type.STACK);
  if (subprogram === 0) frame.registers[1] = pointer(Type.CTX);
  state.frames = [frame];
  state.branches = 1;
  return state;
}

/** Maps that sleepable programs may not use would be freed under them. */
const sleepableMaps: ReadonlySet<string> = new Set([
  'hash',
  'lru_hash',
  'array',
  'percpu_hash',
  'percpu_array',
  'lru_percpu_hash',
  'array_of_maps',
  'hash_of_maps',
  'ringbuf',
  'user_ringbuf',
  'inode_storage',
  'sk_storage',
  'task_storage',
  'cgrp_storage',
  'queue',
  'stack',
  'arena',
  'insn_array',
]);

const tracingKinds: ReadonlySet<string> = new Set([
  'kprobe',
  'tracepoint',
  'perf_event',
  'raw_tracepoint',
  'raw_tracepoint_writable',
]);

/** Locks and timers are not for programs that may interrupt anything (check_map_prog_compatibility()). */
function checkSpecialFields(env: Environment): void {
  const { kind } = env.input;
  for (const map of usedMaps(env)) {
    for (const field of map.special ?? []) {
      if (tracingKinds.has(kind)) reject(Errno.EINVAL, `tracing progs cannot use bpf_${field.kind} yet`);
      if (kind === 'socket_filter' && field.kind === 'spin_lock') {
        reject(Errno.EINVAL, 'socket filter progs cannot use bpf_spin_lock yet');
      }
    }
  }
}

function checkMaps(env: Environment): void {
  checkSpecialFields(env);
  if (env.input.kind === 'syscall' && !env.sleepable) {
    reject(Errno.EINVAL, 'Syscall programs can only be sleepable');
  }
  if (!env.sleepable) return;
  if (!env.rules.maySleep) {
    reject(Errno.EINVAL, 'Only fentry/fexit/fmod_ret, lsm, iter, uprobe, and struct_ops programs can be sleepable');
  }
  if (usedMaps(env).every(({ kind }) => sleepableMaps.has(kind))) return;
  reject(Errno.EINVAL, 'Sleepable programs can only use array, hash, ringbuf and local storage maps');
}

/** The maps that instructions of the program name. */
function usedMaps(env: Environment): readonly MapShape[] {
  const used = new Set<MapShape>();
  for (let i = 0; i < env.length; i++) {
    const { code, src, imm } = env.instructions[i]!;
    if (isWide(code) && (src === PseudoLoad.MAP_FD || src === PseudoLoad.MAP_VALUE)) used.add(env.maps[imm]!);
  }
  return [...used];
}

/** Global functions are walked through by themselves, with whatever their prototypes allow. */
function verifyGlobals(env: Environment, observe: ((env: Environment) => void) | undefined): void {
  for (const info of env.input.functions ?? []) {
    if (!info.global || info.start === 0) continue;
    const n = env.subprograms.findIndex(({ start }) => start === info.start);
    if (n < 0) continue;
    env.state = initialState(n);
    setGlobalArguments(env.frame, info, () => env.nextId());
    env.instruction = info.start;
    env.previous = -1;
    explore(env, observe);
  }
}
