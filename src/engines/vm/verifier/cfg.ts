// The shape of the program before any value is looked at: instructions well formed, functions closed, every instruction
// reachable, no jump into the middle of a wide load; loops only for those who may load them (check_subprogs() and
// check_cfg() of kernel/bpf/verifier.c, as of Linux 6.18).

import {
  CALL,
  Class,
  EXIT,
  helperById,
  isKnownOpcode,
  isWide,
  Jump,
  Mode,
  PseudoCall,
  PseudoLoad,
  validateSlot,
} from '../../../isa/index.ts';
import { callbackKind } from './callbacks.ts';
import type { Environment, Subprogram } from './environment.ts';
import { Errno, reject } from './rejection.ts';

const MAX_SUBPROGRAMS = 256;
const TAIL_CALL = 12;
const GOTOX = 0x0d;

/** Finds the functions: what is called, what is loaded as a callback, and the start. */
export function findSubprograms(env: Environment): void {
  const starts = new Set<number>([0]);
  for (let i = 0; i < env.length; i++) {
    const code = env.code[i]!;
    const isCall = code === CALL && env.src[i] === PseudoCall.SUBPROGRAM;
    const isFunction = isWide(code) && env.src[i] === PseudoLoad.FUNC;
    const isKfunc = code === CALL && env.src[i] === PseudoCall.KFUNC;
    if (!isCall && !isFunction && !isKfunc) continue;
    if (!env.privileged) {
      env.instruction = i;
      reject(Errno.EPERM, 'loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN');
    }
    if (isKfunc) continue;
    const target = i + 1 + env.imm[i]!;
    env.instruction = i;
    if (target < 0 || target >= env.length) reject(Errno.EINVAL, 'call to invalid destination');
    starts.add(target);
    if (starts.size > MAX_SUBPROGRAMS) reject(Errno.E2BIG, 'too many subprograms');
  }
  const sorted = [...starts].sort((a, b) => a - b);
  env.subprograms = sorted.map((start, n) => newSubprogram(start, sorted[n + 1] ?? env.length));
  env.subprograms.forEach((subprogram, n) => {
    env.subprogramOf.fill(n, subprogram.start, subprogram.end);
  });
}

function newSubprogram(start: number, end: number): Subprogram {
  return {
    start,
    end,
    stackDepth: 0,
    isCallback: false,
    isAsyncCallback: false,
    hasTailCall: false,
    hasPacketLoad: false,
    changesPacket: false,
  };
}

/** The function that starts at an instruction. */
export function subprogramAt(env: Environment, start: number): number {
  const n = env.subprogramOf[start]!;
  if (env.subprograms[n]!.start !== start) reject(Errno.EFAULT, `verifier bug: no function starts at insn ${start}`);
  return n;
}

/** Jumps stay inside their function, and functions do not run into the next one. */
export function checkSubprograms(env: Environment): void {
  for (const subprogram of env.subprograms) {
    for (let i = subprogram.start; i < subprogram.end; i++) {
      const code = env.code[i]!;
      env.instruction = i;
      noteUses(env, subprogram, i);
      const target = jumpTarget(env, i);
      if (target !== undefined && (target < subprogram.start || target >= subprogram.end)) {
        reject(Errno.EINVAL, `jump out of range from insn ${i} to ${target}`);
      }
      if (i === subprogram.end - 1 && code !== EXIT && !isAlwaysJump(code)) {
        reject(Errno.EINVAL, 'last insn is not an exit or jmp');
      }
    }
  }
}

/** What ends a function early needs its type to be known (check_abnormal_return()). */
export function checkAbnormalReturns(env: Environment): void {
  if (env.input.functions && env.input.functions.length > 0) return;
  env.subprograms.forEach(({ start, hasPacketLoad, hasTailCall }, n) => {
    if (n === 0) return;
    env.instruction = start;
    if (hasPacketLoad) reject(Errno.EINVAL, 'LD_ABS is not allowed in subprogs without BTF');
    if (hasTailCall) reject(Errno.EINVAL, 'tail_call is not allowed in subprogs without BTF');
  });
}

function isAlwaysJump(code: number): boolean {
  return code === (Class.JMP | Jump.JA) || code === (Class.JMP32 | Jump.JA);
}

function noteUses(env: Environment, subprogram: Subprogram, i: number): void {
  const code = env.code[i]!;
  if (code === CALL && env.src[i] === PseudoCall.HELPER && env.imm[i] === TAIL_CALL) subprogram.hasTailCall = true;
  const mode = code & 0xe0;
  if ((code & 0x07) === Class.LD && (mode === Mode.ABS || mode === Mode.IND)) subprogram.hasPacketLoad = true;
}

/** Where a jump may go to, or undefined for anything else. */
export function jumpTarget(env: Environment, i: number): number | undefined {
  const code = env.code[i]!;
  const kind = code & 0x07;
  if (kind !== Class.JMP && kind !== Class.JMP32) return undefined;
  const operation = code & 0xf0;
  if (operation === Jump.EXIT || operation === Jump.CALL) return undefined;
  return i + 1 + (code === (Class.JMP32 | Jump.JA) ? env.imm[i]! : env.off[i]!);
}

/** What the kernel checks of all instructions at once; the rest it checks of those that it reaches. */
export function checkEncoding(env: Environment): void {
  for (let i = 0; i < env.length; i++) {
    const code = env.code[i]!;
    const kind = code & 0x07;
    env.instruction = i;
    const early = isWide(code) || kind === Class.LDX || !isKnownOpcode(code);
    const wrong = early ? validateSlot(env.instructions[i]!, env.instructions[i + 1]) : undefined;
    // Of 6.19; nothing here follows jumps through tables.
    if (code === GOTOX) reject(Errno.EINVAL, 'unknown opcode 0d');
    // Register numbers, and the offset of a wide load, are looked at when the instruction is reached.
    if (wrong && !/^R\d+ is invalid$|^BPF_LD_IMM64/.test(wrong)) reject(Errno.EINVAL, wrong);
    if (!isWide(code)) continue;
    const source = env.src[i]!;
    if (source === PseudoLoad.MAP_FD || source === PseudoLoad.MAP_VALUE) checkMapLoad(env, i);
    if (source === PseudoLoad.MAP_IDX || source === PseudoLoad.MAP_IDX_VALUE) {
      reject(Errno.EPROTO, 'fd_idx without fd_array is invalid');
    }
    if (source === PseudoLoad.BTF_ID) {
      reject(Errno.EINVAL, 'ldimm64 names a symbol of one kernel, which is not known here');
    }
    i++;
  }
}

function checkMapLoad(env: Environment, i: number): void {
  const map = env.maps[env.imm[i]!];
  if (!map) reject(-9, `fd ${env.imm[i]} is not pointing to valid bpf_map`);
  if (env.src[i] !== PseudoLoad.MAP_VALUE) return;
  if (map.kind !== 'array' && map.kind !== 'insn_array') {
    reject(Errno.ENOTSUPP, 'no direct value access support for this map type');
  }
  const off = env.imm[i + 1]! >>> 0;
  if (map.maxEntries !== 1) reject(Errno.ENOTSUPP, '');
  if (off >= 1 << 29) reject(Errno.EINVAL, `direct value offset of ${off} is not allowed`);
  if (off >= map.valueSize) {
    reject(Errno.EINVAL, `invalid access to map value pointer, value_size=${map.valueSize} off=${off}`);
  }
}

const DISCOVERED = 0x10;
const EXPLORED = 0x20;
const FALLTHROUGH = 1;
const BRANCH = 2;

/** Walks the graph depth first, marks where states are compared, and finds what cannot be reached. */
export function checkGraph(env: Environment): void {
  const walk = new GraphWalk(env);
  walk.from(0);
  for (let i = 0; i < env.length; i++) {
    env.instruction = i;
    if (!walk.isExplored(i)) reject(Errno.EINVAL, `unreachable insn ${i}`);
    if (!isWide(env.code[i]!)) continue;
    if (walk.isSeen(i + 1)) reject(Errno.EINVAL, `jump into the middle of ldimm64 insn ${i}`);
    i++;
  }
}

class GraphWalk {
  readonly #env: Environment;
  readonly #state: Uint8Array;
  readonly #stack: number[] = [];

  constructor(env: Environment) {
    this.#env = env;
    this.#state = new Uint8Array(env.length);
  }

  isExplored(i: number): boolean {
    return this.#state[i] === EXPLORED;
  }

  isSeen(i: number): boolean {
    return this.#state[i] !== 0;
  }

  from(start: number): void {
    this.#state[start] = DISCOVERED;
    this.#stack.push(start);
    while (this.#stack.length > 0) {
      const top = this.#stack[this.#stack.length - 1]!;
      if (this.#visit(top)) continue;
      this.#state[top] = EXPLORED;
      this.#stack.pop();
    }
  }

  /** Goes on along one edge that was not taken yet; false when there is none. */
  #visit(i: number): boolean {
    const env = this.#env;
    const code = env.code[i]!;
    const kind = code & 0x07;
    const size = isWide(code) ? 2 : 1;
    if (isWide(code) && env.src[i] === PseudoLoad.FUNC) return this.#visitCall(i, size, true);
    if (kind !== Class.JMP && kind !== Class.JMP32) return this.#push(i, i + size, FALLTHROUGH);
    const operation = code & 0xf0;
    if (code === EXIT) return false;
    if (code === CALL) {
      this.#markCall(i);
      return this.#visitCall(i, 1, env.src[i] === PseudoCall.SUBPROGRAM);
    }
    if (operation === Jump.JA) {
      const target = jumpTarget(env, i)!;
      const pushed = this.#push(i, target, FALLTHROUGH);
      env.prunePoint[target] = 1;
      env.jumpPoint[target] = 1;
      return pushed;
    }
    env.prunePoint[i] = 1;
    if (operation === Jump.JCOND) env.forceCheckpoint[i] = 1;
    return this.#push(i, i + 1, FALLTHROUGH) || this.#push(i, jumpTarget(env, i)!, BRANCH);
  }

  #markCall(i: number): void {
    const env = this.#env;
    if (env.src[i] !== PseudoCall.HELPER) return;
    const helper = helperById(env.imm[i]!);
    if (!helper) return;
    const kind = callbackKind(helper.name);
    if (kind === 'async') env.prunePoint[i] = 1;
    if (kind === 'sync') {
      env.callsCallback[i] = 1;
      env.forceCheckpoint[i] = 1;
      env.prunePoint[i] = 1;
      env.jumpPoint[i] = 1;
    }
  }

  #visitCall(i: number, size: number, callee: boolean): boolean {
    const env = this.#env;
    if (this.#push(i, i + size, FALLTHROUGH)) return true;
    env.prunePoint[i + size] = 1;
    env.jumpPoint[i + size] = 1;
    if (!callee) return false;
    env.prunePoint[i] = 1;
    return this.#push(i, i + env.imm[i]! + 1, BRANCH);
  }

  #push(from: number, to: number, edge: number): boolean {
    const env = this.#env;
    if (this.#state[from]! >= (DISCOVERED | edge)) return false;
    env.instruction = from;
    if (to < 0 || to >= env.length) reject(Errno.EINVAL, `jump out of range from insn ${from} to ${to}`);
    if (edge === BRANCH) {
      env.prunePoint[to] = 1;
      env.jumpPoint[to] = 1;
    }
    const seen = this.#state[to]!;
    if (seen === 0) {
      this.#state[from] = DISCOVERED | edge;
      this.#state[to] = DISCOVERED;
      this.#stack.push(to);
      return true;
    }
    if ((seen & 0xf0) === DISCOVERED) {
      if (env.privileged) return false;
      reject(Errno.EINVAL, `back-edge from insn ${from} to ${to}`);
    }
    this.#state[from] = DISCOVERED | edge;
    return false;
  }
}
