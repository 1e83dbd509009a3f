// What a rejection means, and how the register that it is about came to be so; the states that `beetrace explain` shows.

import { CALL, Class, formatInstruction, Mode, PseudoCall } from '../../../isa/index.ts';
import type { Environment } from './environment.ts';
import { formatFrame, formatRegister } from './format.ts';
import type { ExplainedState } from './input.ts';
import { meanings } from './meanings.ts';
import type { Rejection } from './rejection.ts';
import { BackWalk } from './steps.ts';

/** The state before the current instruction. */
export function explainState(env: Environment): ExplainedState {
  const frame = env.frame;
  const jumped = env.previous >= 0 && env.previous !== env.instruction - 1;
  return {
    instruction: env.instruction,
    ...(jumped ? { from: env.previous } : {}),
    text: formatFrame(env, frame),
    frame: frame.number,
  };
}

/** A rejection for people: what it means, what the register holds, and where that was last set. */
export function explainRejection(env: Environment, rejection: Rejection): string {
  const lines: string[] = [];
  const meaning = meanings.find(({ pattern }) => pattern.test(rejection.message));
  if (meaning) lines.push(meaning.text);
  const { register } = rejection;
  if (register === undefined || env.state.frames.length === 0) return lines.join('\n');
  const { frame } = env;
  const held = frame.registers[register]!;
  if (held.type === 0) lines.push(`r${register} holds nothing here.`);
  else lines.push(`r${register} is ${formatRegister(env, held, frame.number)} here.`);
  const set = lastSet(env, register);
  if (set !== undefined) lines.push(describeSet(env, register, set));
  else if (register === 1) lines.push('r1 is what the program was started with.');
  return lines.join('\n');
}

function describeSet(env: Environment, register: number, index: number): string {
  const { text } = formatInstruction(env.instructions[index]!, env.instructions[index + 1]);
  const isCall = env.code[index] === CALL;
  if (isCall && register !== 0) return `r${register} was lost in the call at ${index}: ${text}`;
  return `r${register} was last set at ${index}: ${text}`;
}

/** The instruction of the way to here that wrote the register last. */
function lastSet(env: Environment, register: number): number | undefined {
  const isSecondSlot = (index: number): boolean => index > 0 && env.code[index] === 0 && env.code[index - 1] === 0x18;
  let depth = 0;
  let state = env.state;
  let walk = new BackWalk(state, env.instruction);
  for (let first = true; ; first = false) {
    if (!first && depth === 0 && writes(env, walk.index, register)) return walk.index;
    const index = walk.index;
    if (!walk.back(isSecondSlot)) {
      const { parent } = state;
      if (!parent) return undefined;
      state = parent;
      walk = new BackWalk(state, state.lastInstruction);
    }
    depth += depthChange(env, walk.index, index);
    if (depth < 0 || walk.index < 0) return undefined;
  }
}

/** Going back over an exit enters a function, over its call leaves it. */
function depthChange(env: Environment, index: number, subsequent: number): number {
  const code = env.code[index];
  if (code === 0x95) return 1;
  const enters = code === CALL && env.src[index] === PseudoCall.SUBPROGRAM && subsequent !== index + 1;
  return enters ? -1 : 0;
}

function writes(env: Environment, index: number, register: number): boolean {
  const code = env.code[index]!;
  const dst = env.dst[index]!;
  switch (code & 0x07) {
    case Class.ALU:
    case Class.ALU64:
    case Class.LDX:
      return dst === register;
    case Class.LD:
      return (code & 0xe0) === Mode.IMM ? dst === register : register <= 5;
    case Class.STX:
      return (code & 0xe0) === Mode.ATOMIC && (env.imm[index]! & 1) !== 0 && fetched(env, index) === register;
    default:
      return code === CALL && register <= 5;
  }
}

function fetched(env: Environment, index: number): number {
  const CMPXCHG = 0xf1;
  return env.imm[index] === CMPXCHG ? 0 : env.src[index]!;
}
