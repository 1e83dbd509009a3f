// A program with what the verifier knows before every instruction: the listing of `beetrace explain`.

import type { ExplainedState, Verdict } from '../../engines/vm/verifier/verify.ts';
import { type DisassembleNames, disassembleLines, isWide } from '../../isa/index.ts';
import { judge } from './judge.ts';
import type { RuntimeProgram } from './program.ts';

export interface ExplainOptions {
  readonly unprivileged?: boolean;
  /** States of one instruction that are shown. */
  readonly limit: number;
}

/** An instruction with what is known before it. */
export interface ExplainedInstruction {
  readonly instruction: number;
  /** `r1 = *(u32 *)(r6 +0)` */
  readonly text: string;
  /** Each state that it was reached in, with how often. */
  readonly states: readonly ExplainedState[];
  /** States beyond those. */
  readonly more: number;
  /** The source line when it is another than that of the instruction before. */
  readonly source?: { readonly file: string; readonly line: number; readonly text: string };
}

export interface Explanation {
  readonly verdict: Verdict;
  readonly instructions: readonly ExplainedInstruction[];
}

export function explainProgram(program: RuntimeProgram, options: ExplainOptions): Explanation {
  const verdict = judge(program, { states: true, unprivileged: options.unprivileged === true });
  const bySlot = statesBySlot(verdict.states ?? []);
  const lines = new Map((program.lines ?? []).map((line) => [line.slot, line]));
  let last = '';
  const instructions = disassembleLines(program.instructions, { names: { wide: mapName(program) } }).map((line) => {
    const states = bySlot.get(line.index) ?? [];
    const source = lines.get(line.index);
    const place = source && `${source.file}:${source.line}:${source.text}`;
    const isNew = place !== undefined && place !== last && source!.text.trim() !== line.text;
    if (place !== undefined) last = place;
    return {
      instruction: line.index,
      text: line.text,
      states: states.slice(0, options.limit).map((state) => withoutOwnFrom(state, program)),
      more: Math.max(0, states.length - options.limit),
      ...(isNew && { source: { file: source!.file, line: source!.line, text: source!.text.trim() } }),
    };
  });
  return { verdict, instructions };
}

/** States of each instruction, equal ones once, in the order in which they were met. */
function statesBySlot(states: readonly ExplainedState[]): Map<number, ExplainedState[]> {
  const bySlot = new Map<number, ExplainedState[]>();
  const seen = new Set<string>();
  for (const state of states) {
    const key = `${state.instruction} ${state.frame} ${state.text}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const list = bySlot.get(state.instruction);
    if (list) list.push(state);
    else bySlot.set(state.instruction, [state]);
  }
  return bySlot;
}

/** Coming from the wide load before is no jump. */
function withoutOwnFrom(state: ExplainedState, { instructions }: RuntimeProgram): ExplainedState {
  const { from, ...rest } = state;
  const before = from !== undefined && from === state.instruction - 2 ? instructions[from] : undefined;
  return before && isWide(before.code) ? rest : state;
}

/** Maps by their names instead of by their index. */
export function mapName(program: RuntimeProgram): NonNullable<DisassembleNames['wide']> {
  return (first, second) => {
    const map = program.maps[first.imm];
    if (first.src === 1 && map) return `map[${map.name}]`;
    return first.src === 2 && map ? `map[${map.name}][0]+${second.imm >>> 0}` : undefined;
  };
}
