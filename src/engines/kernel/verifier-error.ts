// A program that the kernel's verifier rejected: which instruction, which place of the source, what it means.

import { TraceError } from '../../base/error.ts';
import type { Location, Program } from '../../image/index.ts';
import { explain } from './verifier-messages.ts';

export class VerifierError extends TraceError {
  /** Name of the program. */
  readonly program: string;
  /** Index of the slot that was rejected, where the log tells. */
  readonly slot: number | undefined;
  /** The place in the Image's sources that the slot was made for. */
  readonly location: Location | undefined;
  /** The verifier's last meaningful sentence. */
  readonly summary: string;
  /** What that means, in a sentence for those who do not know the verifier; empty when we know nothing better. */
  readonly explanation: string;
  /** The whole log. */
  readonly log: string;

  constructor(program: Program, log: string, cause: unknown) {
    const { slot, summary, instruction } = parseVerifierLog(log);
    const explained = explain(summary, { program, instruction });
    const meaning = explained ? `: ${explained.meaning}` : '';
    const sentence = summary.replace(/\.$/, '');
    super('ERR_VERIFIER', `the kernel's verifier rejected the program ${program.name}: ${sentence}${meaning}`, {
      cause,
      hints: explained?.hints ?? ['run with -v to see the whole log of the verifier'],
    });
    this.name = 'VerifierError';
    this.program = program.name;
    this.slot = slot;
    this.location = slot === undefined ? undefined : locationOf(program, slot);
    this.summary = summary;
    this.explanation = explained?.meaning ?? '';
    this.log = log;
  }
}

/** The place that a slot was made for. */
export function locationOf(program: Program, slot: number): Location | undefined {
  let found: Location | undefined;
  for (const line of program.lines) {
    if (line.slot > slot) break;
    found = line.location;
  }
  return found;
}

export interface ParsedLog {
  readonly slot: number | undefined;
  /** The text of the instruction at the slot: `(85) call bpf_map_lookup_elem#1`. */
  readonly instruction: string | undefined;
  readonly summary: string;
}

/** An instruction: `12: (85) call bpf_ktime_get_ns#5          ; R0_w=scalar()`. */
const INSTRUCTION = /^(\d+): (\([0-9a-f]{2}\) [^;]*)/;
/** The number in messages that name it themselves: `insn 7`, `at insn 7`, `jump out of range from insn 2 to 9`. */
const NAMED_SLOT = /\binsn (\d+)\b/;
/** What the verifier prints besides instructions and sentences: statistics, register states, source lines, jumps. */
const NOISE = [
  /^processed \d+ insns/,
  /^verification time \d+ usec/,
  /^stack depth [\d+]/,
  /^max_states_per_insn/,
  /^\d+: R\d/,
  /^\d+: \(/,
  /^\d+: safe$/,
  /^(?:from \d+ to \d+|\d+ to \d+):/,
  /^;/,
  /^last_idx|^regs=|^parent |^mark_precise|^caller:|^callee:|^returning from callee|^to caller|^propagating|^arg#\d+ /,
  /^func#\d+ @\d+/,
  /^Func#\d+ .*(?:safe|valid)/,
  /^Validating /,
  /^R\d+=|^R\d+_\w+=/,
  /^ ?R0(?:_\w+)?=/,
  /^live regs before insn/,
  /^\s*\d+: [.\d]+ \(/,
  /^\(truncated\)|^-- /,
];

/** Finds the failing instruction and the sentence that says why. */
export function parseVerifierLog(log: string): ParsedLog {
  const lines = log.split('\n').map((line) => line.trimEnd());
  let summary = '';
  let slot: number | undefined;
  let instruction: string | undefined;
  for (let index = lines.length - 1; index >= 0 && slot === undefined; index--) {
    const line = lines[index]!;
    const match = INSTRUCTION.exec(line);
    if (match) {
      slot = Number(match[1]);
      instruction = match[2]!.trim();
    } else if (summary === '' && line !== '' && !NOISE.some((pattern) => pattern.test(line))) {
      summary = line.trim();
      const named = NAMED_SLOT.exec(summary);
      if (named) slot = Number(named[1]);
    }
  }
  return { slot, instruction, summary: summary || 'it gave no reason' };
}
